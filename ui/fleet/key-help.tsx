import { Dialog } from '../components/dialog.tsx';
import { Table } from '../components/table.tsx';

const KEYS = [
  ['/', 'search'],
  ['Esc', 'leave the search'],
  ['j', 'next App'],
  ['k', 'App before'],
  ['n', 'next App with a problem'],
  ['Enter', 'open the App'],
  ['s', 'sync the App'],
  ['?', 'this help'],
] as const;

export function KeyHelp({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  return (
    <Dialog title="Keys" isOpen={isOpen} onClose={onClose}>
      <Table
        caption="Keys and what they do"
        rows={KEYS}
        rowKey={([key]) => key}
        columns={[
          { id: 'key', title: 'Key', cell: ([key]) => <kbd>{key}</kbd> },
          { id: 'does', title: 'Does', cell: ([, does]) => does },
        ]}
      />
    </Dialog>
  );
}
