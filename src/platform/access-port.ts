/** What the Access object answers: people, sessions, tokens, roles, sign-in, limits of attempts. */
export interface AccessPort {
  /** Forgets what has expired. */
  tick(): Promise<void>;
}
