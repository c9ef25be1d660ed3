import type { ReactNode } from 'react';
import { safeLink } from './safe-link.ts';

/** A link to somewhere else, if its address is a web address; else only its text. */
export function OutsideLink({ href, children }: { readonly href: string | undefined; readonly children: ReactNode }) {
  const address = safeLink(href);
  if (address === undefined) return <>{children}</>;
  return (
    <a href={address} rel="noopener noreferrer nofollow" target="_blank">
      {children}
    </a>
  );
}
