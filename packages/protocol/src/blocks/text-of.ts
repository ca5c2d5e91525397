import type { Content } from './content.ts';

/** The words of a message, without its images and files. */
export function textOf(content: Content): string {
  if (typeof content === 'string') return content;
  return content
    .filter((part) => part.type === 'text')
    .map((part) => part.text)
    .join('\n');
}
