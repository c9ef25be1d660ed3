import * as Dropdown from '@radix-ui/react-dropdown-menu';
import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';
import styles from './menu.module.css';

export interface MenuItem {
  readonly id: string;
  readonly title: ReactNode;
  readonly onSelect: () => void;
  /** Why it cannot be chosen now; it is shown below the title. */
  readonly disabled?: string;
  readonly isDangerous?: boolean;
  /** A line above it. */
  readonly startsGroup?: boolean;
}

/**
 * A menu of actions behind a button, drawn where the button is: inside the same landmark. `trigger` is one element that can be pressed, a Button for instance.
 */
export function Menu({
  trigger,
  items,
  label,
}: {
  readonly trigger: ReactNode;
  readonly items: readonly MenuItem[];
  readonly label: string;
}) {
  return (
    <Dropdown.Root modal={false}>
      <Dropdown.Trigger asChild>{trigger}</Dropdown.Trigger>
      <Dropdown.Content className={styles.content} align="end" sideOffset={6} collisionPadding={8} aria-label={label}>
        {items.map((item) => (
          <Dropdown.Group key={item.id}>
            {item.startsGroup === true ? <Dropdown.Separator className={styles.line} /> : null}
            <Dropdown.Item
              className={classNames(styles.item, item.isDangerous === true && styles.dangerous)}
              disabled={item.disabled !== undefined}
              onSelect={item.onSelect}
            >
              <span>{item.title}</span>
              {item.disabled === undefined ? null : <small className={styles.why}>{item.disabled}</small>}
            </Dropdown.Item>
          </Dropdown.Group>
        ))}
      </Dropdown.Content>
    </Dropdown.Root>
  );
}
