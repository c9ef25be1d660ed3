import type { TreeEvent } from '../api/tree.ts';
import { numberAt, stringAt } from '../health/fields.ts';
import { groupOf, type JsonObject, keyOf, type ObjectKey } from '../objects/object.ts';
import { redactText } from '../question/redact-text.ts';

const MAX_MESSAGE = 400;

/** The object that an event (v1) is about. */
export function subjectOf(event: JsonObject): ObjectKey {
  return keyOf({
    group: groupOf(stringAt(event, 'involvedObject.apiVersion')),
    kind: stringAt(event, 'involvedObject.kind'),
    namespace: stringAt(event, 'involvedObject.namespace'),
    name: stringAt(event, 'involvedObject.name'),
  });
}

/** An event as people are told of it: its message without what looks like a secret, and bounded. */
export function toTreeEvent(event: JsonObject): TreeEvent {
  const message = redactText(stringAt(event, 'message').slice(0, MAX_MESSAGE));
  const series = numberAt(event, 'series.count', 0);
  return {
    type: stringAt(event, 'type') === 'Warning' ? 'Warning' : 'Normal',
    reason: stringAt(event, 'reason').slice(0, 128),
    message,
    count: Math.max(1, Math.trunc(series > 0 ? series : numberAt(event, 'count', 1))),
    last:
      stringAt(event, 'series.lastObservedTime') ||
      stringAt(event, 'lastTimestamp') ||
      stringAt(event, 'eventTime') ||
      stringAt(event, 'metadata.creationTimestamp'),
  };
}
