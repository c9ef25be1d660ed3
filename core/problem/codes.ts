/**
 * The closed list of everything that can go wrong in a way a person or a program should tell apart.
 * `next` says who acts: `user` (stays until somebody changes something), `wait` (resolves by itself at a known event),
 * `retry` (tried again with backoff), `bug` (ours). `fix` is the one place where "what to do" is worded.
 */
export interface ProblemKind {
  readonly next: 'user' | 'wait' | 'retry' | 'bug';
  readonly fix: string;
}

const user = (fix: string): ProblemKind => ({ next: 'user', fix });
const wait = (fix: string): ProblemKind => ({ next: 'wait', fix });
const retry = (fix: string): ProblemKind => ({ next: 'retry', fix });

export const PROBLEM_KINDS = {
  // Manifests and other YAML that people write
  'yaml.syntax': user('Correct the YAML at the place named.'),
  'yaml.limit': user('Make the document smaller or split it: size, depth and aliases are limited.'),
  'yaml.forbidden_key': user('Remove the key: it has no meaning in Kubernetes and is used in attacks.'),
  'manifest.invalid': user('Give the object an apiVersion, a kind and a metadata.name.'),
  'manifest.duplicate': user('Keep one of the definitions of this object.'),

  'object.annotation_unknown': user('Remove the annotation or label, or correct its name; it has no effect.'),
  'object.annotation_invalid': user('Correct the value as described; until then the default holds.'),
  'object.generate_name': user('Give the object a name: only hooks may use generateName.'),

  // App definitions (Argo CD Application, Flux Kustomization)
  'app.invalid': user('Correct the field named; the rest of the fleet goes on.'),
  'app.unsupported': user('Use a supported form of this field, or remove it.'),
  'app.duplicate': user('Rename one of the two Apps: both would own the same name in this cluster.'),
  'app.cluster_unknown': user('Add the cluster with `plumb cluster add`, or correct spec.destination.'),
  'app.source_unknown': user('Add the GitRepository that sourceRef names, or correct the reference.'),
  'app.project': user('Let the AppProject allow it, or correct the App: the rest of the fleet goes on.'),
  'app.project_unknown': user('Add the AppProject to the fleet path, correct it, or correct spec.project.'),
  'app.field_ignored': user('Remove the field or accept that Plumbline does not use it.'),
  'fleet.settings': user('Correct the field named; until then the settings that were read last stay in force.'),
  'fleet.ignored': user('Move it to a path that an App deploys: a fleet path holds App definitions only.'),
  'fleet.empty': user('Put the App definitions back, or confirm that they are meant to go.'),

  // Git
  'git.url': user('Use an https:// or http:// URL without credentials in it.'),
  'git.host_forbidden': user('Use a host that this installation may reach, or ask its operator to allow it.'),
  'git.auth': user('Check the credentials of the source.'),
  'git.not_found': user('Check the URL of the repository and that its credentials may read it.'),
  'git.ref_missing': user('Push the branch or tag again, or correct targetRevision.'),
  'git.path_missing': user('Create the path in the repository, or correct spec.source.path.'),
  'git.unavailable': retry('Nothing: the last good state stays, and the fetch is tried again.'),
  'git.protocol': retry('Check that the URL is a Git smart HTTP server; the fetch is tried again.'),
  'git.corrupt': user('Check the repository with `git fsck`: the server sent objects that are not valid.'),
  'git.limit': user('Make the repository or the file smaller: fetches are limited in size.'),
  'git.hostile_tree': user('Remove the path named from the tree: it would escape the repository.'),
  'git.write_denied': user('Give the repository credentials that may push (GitHub: contents and pull requests, read and write).'),
  'git.push_refused': user('Propose the revert instead, or let the account of the credentials push to this branch.'),

  // Reverting a commit
  'revert.not_branch': user('Revert the commit on a branch by hand, and move the tag or targetRevision.'),
  'revert.conflict': user('Revert by hand: the files named were changed in the same places since, or moved.'),
  'revert.nothing': user('Nothing: the branch is as it would be after the revert.'),
  'revert.moving': retry('Try again: others push to this branch at the same moment.'),
  'revert.host_unknown': user('Say which Git host it is with the credentials of the repository, or push the revert.'),
  'revert.host_refused': user('Let the credentials open pull or merge requests; the branch with the revert is there already.'),
  'revert.host_unavailable': retry('Try again: the Git host did not answer. The branch with the revert is there already.'),

  // Rendering
  'render.path_missing': user('Create the path in the repository, or correct spec.source.path.'),
  'render.no_kustomization': user('Add a kustomization.yaml to the path.'),
  'render.kustomize': user('Correct the overlay; `plumb render <dir>` shows the same error locally.'),
  'render.helm': user('Correct the chart or its values; `plumb render <dir>` shows the same error locally.'),
  'render.values': user('Correct the values so that they fit the chart.'),
  'render.yaml': user('Correct the YAML at the place named.'),
  'render.outside_root': user('Keep every path and link inside the repository.'),
  'render.cycle': user('Break the cycle: a base must not include itself.'),
  'render.remote': user('Vendor the remote base or chart into the repository.'),
  'render.dependency_missing': user('Run `helm dependency build` and commit charts/.'),
  'render.limit_steps': user('Simplify the template: it did not end within the allowed number of steps.'),
  'render.limit_output': user('Split the App: its output is larger than allowed.'),
  'render.limit_objects': user('Split the App: it has more objects than allowed.'),
  'render.limit_memory': user('Split the App: rendering it needs more memory than allowed.'),
  'render.limit_depth': user('Reduce the nesting.'),
  'render.plugin': user('Replace the plugin: plugins run programs, which the renderer never does.'),
  'render.request': { next: 'bug', fix: 'Report it: the Worker sent the renderer something that it does not understand.' },
  'render.bug': { next: 'bug', fix: 'Report it with the input that caused it; other Apps are not affected.' },
  'render.unavailable': retry('Nothing: the last good bundle stays, and rendering is tried again.'),
  'render.chance': user('Name these values yourself, in values or in a Secret of your own, so that every render gives the same.'),
  'render.empty': user('If the App should really be empty, set automated.allowEmpty, otherwise restore its manifests.'),

  // Webhooks and API calls
  'webhook.signature': user('Use the same secret on both sides.'),
  'webhook.payload': user('Send the push event of a supported provider as JSON.'),
  'webhook.too_large': user('Send a smaller payload.'),
  'webhook.unknown_repository': user('Add the repository with `plumb fleet add`.'),
  'api.unauthenticated': user('Send a valid token as `Authorization: Bearer …`.'),
  'api.forbidden': user('Ask an administrator for the permission that is named, or use an account that has it.'),
  'api.cross_site': user('Use the dashboard of this installation itself; programs send a token as `Authorization: Bearer …`.'),
  'api.too_many': wait('Wait as long as the answer says (`Retry-After`), then try again.'),
  'api.not_found': user('Check the name with `plumb app list`.'),
  'api.invalid': user('Correct the request as described.'),
  'api.too_large': user('Send a smaller request body.'),
  'api.conflict': user('Look at the current state and try again.'),

  // Access: signing in, roles, tokens
  'auth.refused': user('Sign in again; when it fails again, look at the settings of the sign-in provider.'),
  'auth.provider': user(
    'Correct the sign-in provider in the settings: issuer, client and the hosts that this installation may reach.',
  ),
  'auth.pending': wait('Approve the code in the browser; the command line asks again by itself.'),
  'auth.code': user('Begin again: a code counts once and for a short time.'),
  'auth.roles': user('Give roles that exist and that you have yourself, or ask an administrator.'),
  'access.policy': user('Correct the line named; until then it grants nothing.'),

  // Trust: what the agent and the Worker check of each other
  'protocol.refused': user('Look at the rule named: something signed wrongly, for somebody else, or out of order.'),
  'agent.unknown': user('Enrol the agent again with `plumb cluster add`.'),
  'agent.signature': user('Check the clock of the cluster and that only one agent uses this identity.'),
  'enrol.token': user('Make a new install command with `plumb cluster add`: a token serves one cluster once.'),
  'keys.refused': user('Sign the key list with the root key of this fleet.'),

  // Applying
  'apply.protected': user('Change the agent with a new install manifest; the Worker may never do it.'),
  'apply.forbidden': user("Give the permission to the ServiceAccount that applies the App: the agent's, or the App's own."),
  'apply.invalid': user('Correct the object: the API server refuses it.'),
  'apply.immutable': user('Recreate the object: the field cannot be changed in place.'),
  'apply.too_large': user('Make the object smaller, or split it: the API server does not store objects of this size.'),
  'apply.field_unknown': user('Remove the field: its kind does not have it, so it was left out.'),
  'apply.conflict_forced': user('Let one of the two set the field: take it out of Git, or stop the other manager.'),
  'apply.recreated': user('Nothing: its recreation was asked for, because a field could not be changed in place.'),
  'apply.conflict': retry('Nothing: somebody changed the object at the same moment; it is tried again.'),
  'apply.kind_unknown': wait('Install the CustomResourceDefinition; the object is applied as soon as its kind is served.'),
  'apply.namespace_missing': wait('Create the namespace, or set CreateNamespace=true.'),
  'apply.namespace_terminating': wait('The namespace is being deleted; the object is applied when it is back.'),
  'apply.admission': user('Correct the object or the admission policy that refuses it.'),
  'apply.unavailable': retry('Nothing: the API server did not answer; it is tried again.'),
  'apply.shared': user('Let one App own the object.'),
  'apply.normalised': user('Correct the object as described: server-side apply does not take it as it is.'),
  'diff.ignore_invalid': user('Correct the rule named; until then it hides no difference.'),
  'drift.fought': user(
    'Let one of the two set the field: take it out of Git, ignore it with ignoreDifferences, or stop the other manager.',
  ),
  'drift.mutated': user('Put into Git what the admission policy wants, or except the object from the policy.'),
  'apply.held_deletion': user('Confirm the deletion: it is above the App’s budget.'),
  'apply.expired': wait('Nothing: nothing is pruned until the Worker renews the snapshot.'),
  'apply.deadline': user('Look at the resource named: it was not healthy in time.'),
  'apply.project': user("Move the object to what the App's project allows, or change the project."),
  'apply.excluded': user('Remove the object from Git, or take its kind out of resource.exclusions.'),
  'apply.degraded': user('Look at the object named: the wave ended because it does not become healthy.'),
  'apply.hook_failed': user('Look at the hook named and its logs; it runs again with the next sync.'),
  'apply.terminated': user('Sync again when you are ready.'),
  'apply.waiting': wait('Nothing: the sync goes on as soon as what it waits for is healthy.'),
  'apply.window': wait('Nothing: the sync begins when its window opens; where the window allows it, a person may sync at once.'),
  'apply.dependency': wait('Nothing: the sync begins as soon as the App that it depends on is ready.'),
  'apply.dependency_missing': user('Define the App that dependsOn names, or correct the name.'),
  'apply.dependency_cycle': user('Break the cycle of dependsOn.'),
  'apply.release_exhausted': user(
    'Correct the chart or its values: a new commit begins anew. Or reset the release, to have it tried again.',
  ),
  'apply.release_no_rollback': user('Correct the chart or its values: there is no earlier success to go back to.'),
  'apply.release_waiting': wait('Nothing: the release is tried again at the time named.'),
  'apply.release_state': retry('Nothing: the release is upgraded, and noted anew.'),
  'apply.dependency_invalid': user('Correct readyExpr: it has to be CEL that gives true or false.'),
  'apply.finalizer_pending': wait('Start the controller that removes the finalizer, or remove the finalizer from the object.'),
  'apply.orphaned': user('Put the object into Git, delete it, or list it under orphanedResources.ignore of the project.'),

  // What people ask for besides a sync: actions on objects, a look at them
  'action.unknown': user('Choose one of the actions that the object has: its menu in the dashboard lists them.'),
  'action.disabled': user('Look at the reason, and do first what it names.'),
  'action.invalid': user('Correct the parameter named.'),
  'action.old_agent': user('Update the agent with a new install manifest: this version does not know it.'),
  'question.no_answer': retry('Check that the agent runs (`plumb cluster list`), and ask again.'),
  'question.gone': user('Look at the tree again: the object is no longer one of this App.'),
  'question.forbidden': user("Give the agent's ServiceAccount the right to read it (docs/live-state.md)."),

  // What the agent does with objects before it applies them
  'sops.no_key': wait(
    'Put an age key that opens it into the Secret that spec.decryption.secretRef names, as an entry that ends in .agekey.',
  ),
  'sops.unsupported': user('Encrypt it for an age recipient: `sops updatekeys` after a change of .sops.yaml.'),
  'sops.invalid': user('Encrypt it again with `sops`: it was changed, moved or damaged after it was encrypted.'),
  'sops.generator': user('Commit the Secret itself encrypted instead of letting a generator make it of an encrypted file.'),
  'substitute.missing': wait('Create the ConfigMap or Secret in the namespace of the App, or mark the reference as optional.'),
  'substitute.invalid': user(
    'Correct the variable or its value, or switch substitution off for the object with kustomize.toolkit.fluxcd.io/substitute: disabled.',
  ),

  // Programs that users write: health checks in Lua and CEL, jq
  'script.syntax': user('Correct the program: it is not valid in its language.'),
  'script.failed': user('Correct the program: it failed on this object, or gave something else than is expected of it.'),
  'script.limit': user('Simplify the program: it was stopped, because time, memory, depth and output are limited.'),

  bug: { next: 'bug', fix: 'Report it: this should not happen.' },
} as const satisfies Record<string, ProblemKind>;

/** One of the codes above; programs switch on it, tests assert it. */
export type ProblemCode = keyof typeof PROBLEM_KINDS;
