import type { Terminal } from '../terminal.ts';
import type { System } from './start-system.ts';

/** What a visitor should know and try. */
export function describeTour(system: System, terminal: Terminal): string {
  const { url } = system.worker();
  const title = (text: string) => terminal.paint('bold', text);
  return `
${title('Dashboard')}    ${url}/sign-in#token=${system.apiToken}
${title('Repository')}   ${system.git.url('demo')}
${title('Ledger')}       npx plumb ledger clone ${system.clusterName}

${title('Three things to try in another terminal, in this folder:')}

  1. Push a change, and see it arrive:
       git clone ${system.git.url('demo')} /tmp/demo && cd /tmp/demo
       sed -i 's/greeting: .*/greeting: Hello again/' apps/guestbook/configmap.yaml && git commit -am 'Greet again' && git push

  2. Break it by hand, and see it healed:
       .plumbline/kubectl -n guestbook scale deployment guestbook --replicas=9
       npx plumb app get guestbook

  3. Delete a Deployment, and see it come back:
       .plumbline/kubectl -n store delete deployment store && .plumbline/kubectl -n store get deployments --watch

Ctrl-C stops everything and leaves nothing behind. What happens now:
`;
}
