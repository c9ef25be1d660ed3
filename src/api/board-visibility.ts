import type { ActivityEvent } from '../../core/api/activity.ts';
import type { AppRow, BoardMessage } from '../../core/api/board.ts';
import type { May } from './authenticate.ts';

/** What of the board a caller sees: Apps that they may get, clusters that they may get, and what happened to those. */
export function visibleRow({ project, app }: AppRow, may: May): boolean {
  return may('applications', 'get', `${project}/${app}`);
}

/**
 * An event of an App is for who may see the App, of a cluster for who may see the cluster, of the installation for who may see its accounts. An event that
 * does not know its App's project is for who may see Apps of every project.
 */
export function visibleEvent({ cluster, app, project }: ActivityEvent, may: May): boolean {
  if (app !== '') return may('applications', 'get', `${project ?? '*'}/${app}`);
  return cluster !== '' ? may('clusters', 'get', cluster) : may('accounts', 'get', '*');
}

/** A message without what the caller may not see; undefined when nothing is left of it. */
export function visibleMessage(message: BoardMessage, may: May): BoardMessage | undefined {
  switch (message.event) {
    case 'apps': {
      const changed = message.data.changed.filter((row) => visibleRow(row, may));
      // That some App of another project is gone says its name: only to those who see the Apps of every project; others read the board again.
      const gone = may('applications', 'get', '*/*') ? message.data.gone : [];
      if (gone.length < message.data.gone.length) return { event: 'reset', data: {} };
      if (changed.length === 0 && gone.length === 0) return undefined;
      return { event: 'apps', data: { changed, gone } };
    }
    case 'cluster':
      return may('clusters', 'get', message.data.name) ? message : undefined;
    case 'activity':
      return visibleEvent(message.data, may) ? message : undefined;
    case 'heard': {
      const data = Object.fromEntries(Object.entries(message.data).filter(([name]) => may('clusters', 'get', name)));
      return { event: 'heard', data };
    }
    case 'reset':
      return message;
  }
}
