/**
 * One plain page that shows what runs where. It holds no data itself: it asks the JSON API with the token that the person types, and keeps it in
 * the tab only. Every text is set as text, never as HTML (threat S27).
 */
export const statusPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Plumbline</title>
<style>
  :root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
  body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
  table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
  th, td { text-align: left; padding: .35rem .7rem; border-bottom: 1px solid color-mix(in srgb, currentColor 18%, transparent); vertical-align: top; }
  .good { color: light-dark(#0a6b2d, #63d48a); } .bad { color: light-dark(#a3261b, #ff9a8f); } .wait { color: light-dark(#7a5200, #f0c05a); }
  input { font: inherit; padding: .3rem .5rem; width: 22rem; max-width: 100%; }
  button { font: inherit; padding: .3rem .8rem; }
</style>
<h1>Plumbline</h1>
<form id="sign-in"><label>API token <input id="token" type="password" autocomplete="current-password"></label> <button>Show</button></form>
<p id="message" role="status"></p>
<table id="apps" hidden><thead><tr><th>App<th>Cluster<th>Sync<th>Health<th>Revision<th>Note</thead><tbody></tbody></table>
<script>
  const $ = (id) => document.getElementById(id);
  const tone = { Synced: 'good', Healthy: 'good', OutOfSync: 'wait', Progressing: 'wait', Degraded: 'bad', Missing: 'bad' };
  async function show() {
    const answer = await fetch('/api/apps', { headers: { authorization: 'Bearer ' + sessionStorage.token } });
    const body = await answer.json();
    if (!answer.ok) { $('message').textContent = body.message + ' ' + body.fix; $('apps').hidden = true; return; }
    $('sign-in').hidden = true;
    $('apps').hidden = body.apps.length === 0;
    $('message').textContent = body.apps.length === 0 ? 'No Apps yet. Add a fleet path with: plumb fleet add <url> --path <folder> --cluster <name>' : '';
    const rows = body.apps.map((app) => {
      const row = document.createElement('tr');
      const note = [...app.problems.map((p) => p.message), app.status?.progress?.message ?? '', app.status?.health.message ?? ''].filter(Boolean).join('; ');
      for (const text of [app.app, app.cluster, app.status?.sync ?? 'Unknown', app.status?.health.status ?? 'Unknown', app.revision.slice(0, 7) + ' ' + app.subject, note]) {
        const cell = row.insertCell();
        cell.textContent = text;
        if (tone[text]) cell.className = tone[text];
      }
      return row;
    });
    $('apps').tBodies[0].replaceChildren(...rows);
  }
  $('sign-in').addEventListener('submit', (event) => { event.preventDefault(); sessionStorage.token = $('token').value; show(); });
  if (sessionStorage.token) show();
  setInterval(() => { if (sessionStorage.token && !$('apps').hidden) show(); }, 2000);
</script>
</html>
`;
