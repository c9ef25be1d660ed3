import { describe, expect, it } from 'vitest';
import type { AppRow, BoardMessage } from '../../../core/api/board.ts';
import type { May } from '../../../src/api/authenticate.ts';
import { visibleEvent, visibleMessage } from '../../../src/api/board-visibility.ts';

/** Somebody who may see the Apps of project `shop` and the cluster eu-1. */
const shop: May = (resource, _action, object) =>
  (resource === 'applications' && object.startsWith('shop/')) || (resource === 'clusters' && object === 'eu-1');
const everybody: May = () => true;

const row = (project: string, app: string) => ({ cluster: 'eu-1', app, project }) as AppRow; // the rest does not matter here
const event = { seq: 1, time: 0, cluster: 'eu-1', app: 'web', kind: 'deploy', text: '' };

describe('S14: what happened', () => {
  it('to an App is for who may see the App', () => {
    expect(visibleEvent({ ...event, project: 'shop' }, shop)).toBe(true);
    expect(visibleEvent({ ...event, project: 'bank' }, shop)).toBe(false);
  });

  it('to an App of an unknown project is for who sees every project', () => {
    expect(visibleEvent(event, shop)).toBe(false);
    expect(visibleEvent(event, everybody)).toBe(true);
  });

  it('to a cluster or to the installation is for who may see those', () => {
    expect(visibleEvent({ ...event, app: '' }, shop)).toBe(true);
    expect(visibleEvent({ ...event, app: '', cluster: 'us-1' }, shop)).toBe(false);
    expect(visibleEvent({ ...event, app: '', cluster: '' }, shop)).toBe(false);
  });
});

describe('S14: a message of the stream', () => {
  const apps = (data: Extract<BoardMessage, { event: 'apps' }>['data']): BoardMessage => ({ event: 'apps', data });

  it('has the lines of visible Apps only', () => {
    const both = apps({ changed: [row('shop', 'web'), row('bank', 'vault')], gone: [] });
    expect(visibleMessage(both, shop)).toEqual(apps({ changed: [row('shop', 'web')], gone: [] }));
    expect(visibleMessage(apps({ changed: [row('bank', 'vault')], gone: [] }), shop)).toBeUndefined();
  });

  it('does not name an App that is gone to somebody who may not have seen it', () => {
    const gone = apps({ changed: [], gone: [{ cluster: 'eu-1', app: 'vault' }] });
    expect(visibleMessage(gone, shop)).toEqual({ event: 'reset', data: {} });
    expect(visibleMessage(gone, everybody)).toEqual(gone);
  });

  it('names visible clusters only', () => {
    expect(visibleMessage({ event: 'heard', data: { 'eu-1': 1, 'us-1': 2 } }, shop)).toEqual({
      event: 'heard',
      data: { 'eu-1': 1 },
    });
  });
});
