import { problem } from '../../core/problem/problem.ts';
import type { FleetContext } from './fleet-context.ts';
import { isNamespace } from './names.ts';
import { invalid, type Notes } from './shape.ts';

interface Destination {
  readonly name?: string;
  readonly server?: string;
  readonly namespace?: string;
}

/** The cluster that an Application's destination names; undefined when the notes say why there is none. */
export function readDestination(destination: Destination, context: FleetContext, notes: Notes): string | undefined {
  const { name = '', server = '', namespace = '' } = destination;
  if (namespace !== '' && !isNamespace(namespace)) invalid(notes, 'spec.destination.namespace', 'is not a name of a namespace');
  if (name !== '' && server !== '') return void invalid(notes, 'spec.destination', 'name and server exclude each other');
  if (name === '' && server === '') return void invalid(notes, 'spec.destination', 'needs a name or a server');
  const cluster = name === '' ? clusterOfServer(server, context) : clusterOfName(name, context);
  if (cluster !== undefined) return cluster;
  const path = name === '' ? 'spec.destination.server' : 'spec.destination.name';
  notes.refusals.push(problem('app.cluster_unknown', `${path}: no cluster of this fleet has it`, { where: notes.where }));
  return undefined;
}

function clusterOfName(name: string, context: FleetContext): string | undefined {
  if (context.clusters.some((cluster) => cluster.name === name)) return name;
  return name === 'in-cluster' || name === context.defaultCluster ? context.defaultCluster : undefined;
}

function clusterOfServer(server: string, context: FleetContext): string | undefined {
  const wanted = foldServer(server);
  const found = context.clusters.find((cluster) => cluster.server !== undefined && foldServer(cluster.server) === wanted);
  if (found !== undefined) return found.name;
  return IN_CLUSTER.has(wanted) ? context.defaultCluster : undefined;
}

function foldServer(server: string): string {
  return server.trim().toLowerCase().replace(/\/+$/, '').replace(/:443$/, '');
}

const IN_CLUSTER = new Set([
  'https://kubernetes.default.svc',
  'https://kubernetes.default.svc.cluster.local',
  'https://kubernetes.default',
]);
