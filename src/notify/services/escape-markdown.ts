/** What would be a link, a list, a quote or a heading in Markdown stays text (S27). */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\*_~`|[\]()<>#]/g, '\\$&').replace(/^(\s*)([-+]|\d+\.)(?=\s)/gm, '$1\\$2');
}
