import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react';

/** How far from the end still counts as reading along. */
const NEAR_PX = 80;

/** Keeps the end in view while content grows, unless the reader has scrolled away from it. */
export function useStickToBottom<E extends HTMLElement>(content: unknown): RefObject<E | null> {
  const ref = useRef<E>(null);
  const isStuck = useRef(true);

  useEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const onScroll = () => {
      isStuck.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX;
    };
    element.addEventListener('scroll', onScroll, { passive: true });
    return () => element.removeEventListener('scroll', onScroll);
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: it runs because the content has changed
  useLayoutEffect(() => {
    const element = ref.current;
    if (element !== null && isStuck.current) element.scrollTop = element.scrollHeight;
  }, [content]);

  return ref;
}
