/**
 * Scripts that let a shell complete `plumb`. Each asks `plumb __complete <words…>`, the last word being the one that is written, and gets a
 * line for each candidate: the value, a tab, a description. Without candidates the shell completes files, as for a script of its own.
 */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

const BASH = `# bash completion for plumb:  source <(plumb completion bash)
_plumb() {
  local value _rest
  COMPREPLY=()
  while IFS=$'\\t' read -r value _rest; do
    [ -n "$value" ] && COMPREPLY+=("$value")
  done < <(plumb __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _plumb plumb
`;

const ZSH = `#compdef plumb
# zsh completion for plumb:  source <(plumb completion zsh)
_plumb() {
  local -a found
  local line value
  while IFS= read -r line; do
    value="\${line%%$'\\t'*}"
    found+=("\${value//:/\\\\:}:\${line#*$'\\t'}")
  done < <(plumb __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#found} )); then _describe plumb found; else _files; fi
}
compdef _plumb plumb
`;

const FISH = `# fish completion for plumb:  plumb completion fish | source
function __plumb_complete
  set -l words (commandline -opc) (commandline -ct)
  plumb __complete $words[2..-1] 2>/dev/null
end
complete -c plumb -a '(__plumb_complete)'
`;

const SCRIPTS: { readonly [shell in Shell]: string } = { bash: BASH, zsh: ZSH, fish: FISH };

/** The script of a shell, to be sourced. */
export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}
