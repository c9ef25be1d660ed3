/** README.md of a ledger: what a person who clones it needs. */
export function ledgerReadme(cluster: string): string {
  return `# Ledger of ${cluster}

Plumbline writes this repository. Every commit is one decision about the cluster, or the signed answer of the agent in it.
Nothing here is ever rewritten.

| path | what it is |
|---|---|
| \`apps/<app>/app.json\` | what should run: source, revision, bundle digest, policy, the digest of every object, problems |
| \`apps/<app>/manifests/\` | the objects, one file each; the values of Secrets are replaced by \`(masked)\` |
| \`receipts/<app>.json\` | what the agent did last, with its signature |

    git log -- apps/web          # the deployments of one App
    git diff HEAD~1 -- apps      # what the last entry changed
    git blame apps/web/app.json  # who changed it

## Checking it

Get the file \`allowed_signers\` from your Plumbline installation, not from here, then:

    git -c gpg.ssh.allowedSignersFile=allowed_signers log --format='%G? %h %s'

Every line must begin with \`G\`. (\`git log --show-signature\` alone also succeeds when a commit is not signed.)
\`plumb ledger verify\` proves more: that each bundle digest follows from the manifests, and that the agent signed each receipt for it.
`;
}
