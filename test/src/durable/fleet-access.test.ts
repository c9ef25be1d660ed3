import { describe, expect, it } from 'vitest';
import { application, createFleet, FLEET, SHOP } from './fleet-fixture.ts';

const RBAC = `apiVersion: v1
kind: ConfigMap
metadata: { name: argocd-rbac-cm }
data:
  policy.csv: g, org:team, role:readonly
`;

async function fleetWithRbac() {
  const fleet = await createFleet();
  const source = fleet.addSource('clusters/eu');
  fleet.host.push(FLEET, { 'clusters/eu/web.yaml': application('web'), 'clusters/eu/rbac.yaml': RBAC });
  fleet.host.push(SHOP, { 'apps/web/a.yaml': '1' });
  await fleet.settle(FLEET);
  return { fleet, csv: () => fleet.access.get(source)?.rbac?.csv };
}

describe('what a fleet path says of access', () => {
  it('is told with the commit that says it', async () => {
    const { fleet, csv } = await fleetWithRbac();
    expect(csv()).toBe('g, org:team, role:readonly');
    fleet.host.edit(FLEET, { 'clusters/eu/rbac.yaml': RBAC.replace('readonly', 'admin') });
    await fleet.settle(FLEET);
    expect(csv()).toBe('g, org:team, role:admin');
  });

  it('ends with its file', async () => {
    const { fleet, csv } = await fleetWithRbac();
    fleet.host.edit(FLEET, { 'clusters/eu/rbac.yaml': undefined });
    await fleet.settle(FLEET);
    expect(csv()).toBeUndefined();
  });

  it('stays as it was while a file cannot be read (I2)', async () => {
    const { fleet, csv } = await fleetWithRbac();
    for (const broken of ['a: [', 'kind: ConfigMap']) {
      fleet.host.edit(FLEET, { 'clusters/eu/rbac.yaml': broken });
      await fleet.settle(FLEET);
      expect(csv()).toBe('g, org:team, role:readonly');
    }
  });
});
