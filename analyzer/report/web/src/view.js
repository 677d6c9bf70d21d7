// What is looked at: in the address, so that a link keeps it.

import { useEffect, useState } from "preact/hooks";
import { readView, writeView } from "./view_words.js";

/// The view, and how to change some of it.
export function useView() {
  const [view, setState] = useState(() => readView(location.hash));
  useEffect(() => {
    const follow = () => setState(readView(location.hash));
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  const set = (changes) => {
    setState((old) => {
      const next = { ...old, ...changes };
      location.replace(writeView(next));
      return next;
    });
  };
  return [view, set];
}
