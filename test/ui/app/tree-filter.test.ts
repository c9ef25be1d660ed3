import { describe, expect, test } from 'vitest';
import { filterItems, NO_FILTER, parseTreeFilter, writeTreeFilter } from '../../../ui/app/tree/tree-filter.ts';
import { buildItems } from '../../../ui/app/tree/tree-model.ts';
import { DEPLOYMENT, NEW_SET, node, pod, resource } from './tree-items.ts';

const nodes = [
  node(DEPLOYMENT),
  node(NEW_SET, DEPLOYMENT),
  node(pod('web-a'), NEW_SET, 'Degraded'),
  { ...node(pod('web-b'), NEW_SET), images: ['nginx:1.29'] },
];
const items = buildItems({
  tree: { nodes, more: 0 },
  resources: [resource(DEPLOYMENT, 'OutOfSync'), resource('/Service/shop/web')],
  drift: [],
});
const keys = (filter: Partial<typeof NO_FILTER>) => filterItems(items, { ...NO_FILTER, ...filter }).map(({ key }) => key);

describe('a filter of the tree', () => {
  test('keeps what it means and everything up to the App', () => {
    expect(keys({ health: ['Degraded'] })).toEqual([DEPLOYMENT, NEW_SET, pod('web-a')]);
    expect(keys({ kinds: ['Service'] })).toEqual(['/Service/shop/web']);
    expect(keys({ sync: ['OutOfSync'] })).toEqual([DEPLOYMENT]);
  });

  test('finds by name and by image, in any case, all words', () => {
    expect(keys({ text: 'NGINX pod' })).toEqual([DEPLOYMENT, NEW_SET, pod('web-b')]);
    expect(keys({ text: 'nginx service' })).toEqual([]);
  });

  test('is read back from the address as it was written', () => {
    const filter = { text: 'a&b=c', kinds: ['Pod', 'Job'], health: ['Degraded'], sync: ['Unknown'] } as const;
    expect(parseTreeFilter(writeTreeFilter(filter))).toEqual(filter);
    expect(writeTreeFilter(NO_FILTER)).toBe('');
  });

  test('takes nothing from an address that it does not know', () => {
    expect(parseTreeFilter('?health=javascript:alert(1)&sync=%00&kind=%3Cb%3E')).toEqual({ ...NO_FILTER, kinds: ['<b>'] });
  });
});
