import { Background, Controls, type Edge, Handle, type Node, type NodeProps, Position, ReactFlow } from '@xyflow/react';
import '@xyflow/react/dist/style.css';
import { type KeyboardEvent, useMemo, useRef, useState } from 'react';
import type { AppView } from '../../../core/api/views.ts';
import { useNow } from '../../platform/use-now.ts';
import { AppNode, FoldNode, ObjectNode } from './graph-node.tsx';
import styles from './tree.module.css';
import type { TreeEntry } from './tree-fold.ts';
import { layoutTree, NODE, ROOT_ID } from './tree-layout.ts';
import { computeMoves, type Moves } from './tree-moves.ts';

export interface TreeGraphProps {
  readonly app: string;
  readonly view: AppView;
  readonly entries: readonly TreeEntry[];
  readonly onOpen: (key: string) => void;
  readonly onToggle: (fold: string) => void;
  readonly isOpened: (fold: string) => boolean;
}

/** What a node of the graph shows, and what it does when it is pressed. */
interface NodeData extends Record<string, unknown> {
  readonly entry: TreeEntry | undefined;
  readonly props: TreeGraphProps;
  readonly now: number;
  readonly isCurrent: boolean;
  readonly onFocus: () => void;
}
type GraphNode = Node<NodeData, 'tree'>;

const NODE_TYPES = { tree: TreeNodeView };
const AGE_STEP_MS = 10_000;
const ARROWS: { readonly [key: string]: keyof Moves } = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
};

/**
 * The tree as a picture, laid out from left to right. One node is in the tab order; arrow keys go on from there, Enter opens. Health and the
 * like change in place; only when nodes come or go is it laid out again.
 */
export function TreeGraph(props: TreeGraphProps) {
  const { entries } = props;
  const now = useNow(AGE_STEP_MS);
  const frame = useRef<HTMLElement>(null);
  const [wanted, setCurrent] = useState(ROOT_ID);
  const shape = entries.map(({ id, parent }) => `${parent ?? ''}>${id}`).join('\n');
  // biome-ignore lint/correctness/useExhaustiveDependencies: the shape is what the layout depends on
  const { places, edges, moves } = useMemo(() => {
    const layout = layoutTree(entries);
    return {
      places: new Map(layout.nodes.map((node) => [node.id, node])),
      edges: layout.edges.map(toEdge),
      moves: computeMoves(entries, ROOT_ID),
    };
  }, [shape]);
  const current = places.has(wanted) ? wanted : ROOT_ID;
  const nodes = [undefined, ...entries].map((entry): GraphNode => {
    const id = entry?.id ?? ROOT_ID;
    const { x = 0, y = 0 } = places.get(id) ?? {};
    const data = { entry, props, now, isCurrent: id === current, onFocus: () => setCurrent(id) };
    return { id, type: 'tree', position: { x, y }, data, width: NODE.width, height: NODE.height };
  });

  const move = (event: KeyboardEvent) => {
    const way = ARROWS[event.key];
    const next = way === undefined ? undefined : moves.get(current)?.[way];
    if (next === undefined) return;
    event.preventDefault();
    setCurrent(next);
    frame.current?.querySelector<HTMLElement>(`[data-id="${CSS.escape(next)}"] button`)?.focus();
  };

  return (
    // The arrow keys move between the buttons inside.
    <section ref={frame} className={styles.graph} aria-label="Graph of objects" onKeyDown={move}>
      <p className="visually-hidden">Arrow keys go from object to object, Enter opens one. The list has the same objects.</p>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        disableKeyboardA11y
        fitView
        fitViewOptions={{ maxZoom: 1, minZoom: 0.35, padding: 0.06 }}
        minZoom={0.1}
        maxZoom={1.6}
        preventScrolling={false}
        zoomOnScroll={false}
        proOptions={{ hideAttribution: true }}
      >
        <Background gap={24} />
        <Controls showInteractive={false} position="bottom-right" aria-label="Zoom" />
      </ReactFlow>
    </section>
  );
}

function toEdge({ from, to }: { readonly from: string; readonly to: string }): Edge {
  return { id: `${from}→${to}`, source: from, target: to, type: 'smoothstep', domAttributes: { 'aria-hidden': true } };
}

function TreeNodeView({ data }: NodeProps<GraphNode>) {
  const { entry, props, now, isCurrent, onFocus } = data;
  const shared = { tabIndex: isCurrent ? 0 : -1, onFocus };
  return (
    <>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      {entry === undefined ? (
        <AppNode app={props.app} view={props.view} {...shared} />
      ) : entry.kind === 'fold' ? (
        <FoldNode fold={entry} isOpened={props.isOpened(entry.id)} onPress={() => props.onToggle(entry.id)} {...shared} />
      ) : (
        <ObjectNode item={entry.item} now={now} onPress={() => props.onOpen(entry.id)} {...shared} />
      )}
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </>
  );
}
