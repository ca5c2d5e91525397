import { memo } from 'react';
import ReactMarkdown, { type Components } from 'react-markdown';

/**
 * What an agent writes is not trusted: raw HTML stays text, and an image is only named, since fetching one would tell its
 * server who reads what.
 */
const components: Components = {
  a: ({ href, children }) => (
    <a href={href} target="_blank" rel="noreferrer noopener nofollow">
      {children}
    </a>
  ),
  img: ({ alt }) => (
    <span className="image-name">[image: {alt === undefined || alt === '' ? 'unnamed' : alt}]</span>
  ),
};

export const Markdown = memo(function Markdown({ text }: { text: string }) {
  return (
    <div className="markdown">
      <ReactMarkdown components={components}>{text}</ReactMarkdown>
    </div>
  );
});
