/** Names of the containers of a Pod as it was parsed: containers, then init and ephemeral ones. Takes anything, gives nothing for what is no Pod. */
export function toContainers(pod: unknown): readonly string[] {
  const spec = read(pod, 'spec');
  return ['containers', 'initContainers', 'ephemeralContainers'].flatMap((list) => {
    const containers = read(spec, list);
    if (!Array.isArray(containers)) return [];
    return containers.map((container: unknown) => read(container, 'name')).filter((name) => typeof name === 'string');
  });
}

function read(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
