import { describeKey } from '../../../core/objects/object.ts';
import { CodeBlock } from '../../components/code-block.tsx';
import { EmptyState, ErrorNote, Skeleton } from '../../components/notes.tsx';
import type { AppAddress } from '../data/app-address.ts';
import type { TreeItem } from '../tree/tree-model.ts';
import { useObject } from './use-object.ts';

export interface ObjectYamlProps {
  readonly address: AppAddress;
  readonly item: TreeItem;
  readonly side: 'live' | 'desired';
}

/** An object as it lives in the cluster, or as Git wants it. Secret values never leave the cluster: they are masked. */
export function ObjectYaml({ address, item, side }: ObjectYamlProps) {
  const { data, error, refetch } = useObject(address, item.key);
  if (error !== null && data === undefined) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton lines={10} label="The agent reads the object" />;
  const text = data[side];
  if (text === undefined)
    return <EmptyState title={side === 'live' ? 'It is not in the cluster' : 'Git does not have it'}>{null}</EmptyState>;
  return <CodeBlock tall label={`${side === 'live' ? 'live' : 'desired'} YAML of ${describeKey(item.key)}`} text={text} />;
}
