/**
 * What an App's definition says about how people and Plumbline itself may decide on it: annotations of its own or of its AppProject
 * (docs/annotations.md). Only the Worker acts on it, so it is no part of the policy that agents get.
 */
export interface ControlRules {
  /** Goes back by itself to the last deployment that was Healthy; absent: never. */
  readonly rollback?: RollbackRule;
  /** A new bundle waits for people; absent: for nobody. */
  readonly approvals?: ApprovalRule;
}

export interface RollbackRule {
  /** Healthy within this time after the agent began to apply it. */
  readonly deadlineSeconds: number;
  /** Degraded for no longer than this. */
  readonly degradedSeconds: number;
}

export interface ApprovalRule {
  /** How many different people; at least 1. */
  readonly needed: number;
  /** Only people of this role count. */
  readonly role?: string;
  /** Whose approval does not count. */
  readonly without: readonly ('tokens' | 'operator')[];
}

export const USUAL_ROLLBACK: RollbackRule = { deadlineSeconds: 300, degradedSeconds: 120 };
