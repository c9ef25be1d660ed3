/**
 * The two built-in roles, as Argo CD defines them and with the resources that it does not have.
 * https://github.com/argoproj/argo-cd/blob/v3.5.7/assets/builtin-policy.csv, without its `g, admin, role:admin`: there is no user `admin` here, and a
 * group that somebody calls so at the sign-in provider must not become an administrator.
 */
export const BUILTIN_POLICY = `
p, role:readonly, applications, get, */*, allow
p, role:readonly, logs, get, */*, allow
p, role:readonly, clusters, get, *, allow
p, role:readonly, projects, get, *, allow
p, role:readonly, repositories, get, *, allow
p, role:readonly, accounts, get, *, allow
p, role:readonly, sources, get, *, allow
p, role:readonly, ledger, get, *, allow
p, role:readonly, notifications, get, *, allow
p, role:readonly, tokens, get, *, allow
p, role:readonly, keys, get, *, allow

p, role:admin, applications, create, */*, allow
p, role:admin, applications, update, */*, allow
p, role:admin, applications, update/*, */*, allow
p, role:admin, applications, delete, */*, allow
p, role:admin, applications, delete/*, */*, allow
p, role:admin, applications, sync, */*, allow
p, role:admin, applications, override, */*, allow
p, role:admin, applications, action/*, */*, allow
p, role:admin, clusters, *, *, allow
p, role:admin, projects, *, *, allow
p, role:admin, repositories, *, *, allow
p, role:admin, accounts, *, *, allow
p, role:admin, sources, *, *, allow
p, role:admin, ledger, *, *, allow
p, role:admin, notifications, *, *, allow
p, role:admin, tokens, *, *, allow
p, role:admin, keys, *, *, allow
g, role:admin, role:readonly
`;

export const ADMIN_ROLE = 'role:admin';
