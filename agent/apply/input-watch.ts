import { keyOf, type ObjectKey } from '../../core/objects/object.ts';
import { type InputRef, inputsChanged } from '../../core/resolve/resolve-input.ts';
import type { AppRuntime } from './app-runtime.ts';

/** ConfigMaps and Secrets that Apps are filled from: who has to be filled again when one changes. */
export class InputWatch {
  readonly #inputs = new Map<ObjectKey, Set<AppRuntime>>();

  /** An App is filled from these. */
  follow(runtime: AppRuntime, refs: readonly InputRef[]): void {
    for (const ref of refs) {
      const key = keyOf({ group: '', ...ref });
      const apps = this.#inputs.get(key);
      if (apps === undefined) this.#inputs.set(key, new Set([runtime]));
      else apps.add(runtime);
    }
  }

  /** An input was seen, or is gone (version ''): gives the Apps that were filled with another version of it. */
  seen(key: ObjectKey, resourceVersion: string): readonly AppRuntime[] {
    const apps = this.#inputs.get(key);
    if (apps === undefined) return [];
    const versionOf = (ref: InputRef): string | undefined => (keyOf({ group: '', ...ref }) === key ? resourceVersion : undefined);
    return [...apps].filter(
      ({ spec, bundle, inputs }) =>
        spec?.state === 'present' &&
        bundle !== undefined &&
        // Without inputs the last attempt has failed: whatever changes may help.
        (inputs.length === 0 || inputsChanged(inputs, versionOf)),
    );
  }
}
