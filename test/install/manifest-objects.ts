import { parseAllDocuments } from 'yaml';

/** An object of an install manifest, with the fields that the tests look at. */
export interface InstallObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly binaryData?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly {
          readonly command: readonly string[];
          readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
        }[];
      };
    };
  };
}

/** The objects of a manifest, in its order. */
export function objectsOf(manifest: string): readonly InstallObject[] {
  return parseAllDocuments(manifest).map((document) => document.toJS() as InstallObject); // our own manifest
}

/** The one container of the agent's Deployment. */
export function containerOf(manifest: string) {
  const deployment = objectsOf(manifest).find(({ kind }) => kind === 'Deployment');
  const container = deployment?.spec?.template.spec.containers[0];
  if (container === undefined) throw new Error('the manifest has no Deployment');
  return container;
}

/** The files that the ConfigMaps put beside each other into the container. */
export function programFiles(manifest: string): readonly (readonly [string, Buffer])[] {
  return objectsOf(manifest)
    .flatMap(({ binaryData }) => Object.entries(binaryData ?? {}))
    .map(([name, data]) => [name, Buffer.from(data, 'base64')]);
}
