// A view as the words of an address.

const defaults = {
  tab: "flame", metric: "", from: null, to: null, owner: null, search: "", zoom: "", sandwich: "", hide: true,
  merge: false, inverted: false, sort: "", filter: "", processes: "", order: "tree", theme: "", state: "",
};

export function readView(hash) {
  const view = { ...defaults };
  const words = new URLSearchParams(hash.replace(/^#/, ""));
  for (const [name, initial] of Object.entries(defaults)) {
    const text = words.get(name);
    if (text === null) continue;
    if (typeof initial === "boolean") view[name] = text === "1";
    else if (initial === null) view[name] = /^\d{1,9}$/.test(text) ? Number(text) : null;
    else view[name] = text;
  }
  return view;
}

export function writeView(view) {
  const words = new URLSearchParams();
  for (const [name, initial] of Object.entries(defaults)) {
    if (view[name] === initial) continue;
    words.set(name, typeof initial === "boolean" ? (view[name] ? "1" : "0") : String(view[name]));
  }
  return `#${words}`;
}
