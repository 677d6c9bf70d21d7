// The flame graph: an icicle on a canvas, root on top. Only what is in view and wide enough to see is drawn.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { kind } from "./data.js";
import { count, share, signed, textOf } from "./format.js";
import { callTree, found, invertedTree, labelsOf, layout, sandwich } from "./tree.js";

const rowHeight = 20;
const leastWidth = 0.6;

const hash = (text) => {
  let value = 7;
  for (let i = 0; i < text.length; ++i) value = (value * 31 + text.charCodeAt(i)) >>> 0;
  return value;
};

/// Fill of a node: by module; in a comparison red where it grew, blue where it shrank.
function colorOf(tree, node, labels, signedColors, dark) {
  const label = tree.label[node];
  if (signedColors) {
    const before = tree.before[node];
    const after = tree.after[node];
    const part = (after - before) / Math.max(before, after, 1);
    const lightness = dark ? 24 + 14 * Math.abs(part) : 92 - 22 * Math.abs(part);
    if (Math.abs(part) < 0.005) return dark ? "#3a3f4b" : "#e4e7ee";
    return `hsl(${part > 0 ? 6 : 214} ${30 + 50 * Math.abs(part)}% ${lightness}%)`;
  }
  if (labels.kind[label] !== kind.code && labels.kind[label] !== kind.program) return dark ? "#343944" : "#dfe3ea";
  const value = hash(labels.module[label]);
  const shade = hash(labels.name[label]) % 7;
  return `hsl(${[28, 152, 205, 262, 338, 48, 178, 90][value % 8]} ${dark ? 38 : 62}% ${dark ? 30 + shade : 74 + shade}%)`;
}

export const labelText = (tree, node, labels) =>
  labels.kind[tree.label[node]] === kind.smaller ? `${count(tree.smaller[node])} smaller`
    : labels.name[tree.label[node]];

/// As much of a name as so many letters show: of "module+0x1234" what tells it from others in that module.
function fitted(name, letters) {
  if (name.length <= letters) return name;
  const offset = /\+0x[0-9a-f]+$/.exec(name)?.[0];
  return offset && offset.length <= letters ? offset : `${name.slice(0, letters - 1)}…`;
}

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function Canvas({ model, tree, labels, unit, comparing, zoom, setZoom, onFunction, hits, title, theme }) {
  const canvas = useRef();
  const box = useRef();
  const [top, setTop] = useState(0);
  const [width, setWidth] = useState(800);
  const [hover, setHover] = useState(null);
  const [selected, setSelected] = useState(0);
  const text = textOf(unit);
  const rows = useMemo(() => layout(tree, zoom, width, leastWidth), [tree, zoom, width]);
  const fullHeight = rows.length * rowHeight;
  const height = Math.min(fullHeight, 560);

  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.max(100, entry.contentRect.width)));
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  useEffect(() => setSelected(zoom), [zoom, tree]);
  useEffect(() => setTop((old) => Math.min(old, Math.max(0, fullHeight - height))), [fullHeight]);

  useEffect(() => {
    const ratio = devicePixelRatio || 1;
    const element = canvas.current;
    element.width = Math.round(width * ratio);
    element.height = Math.round(height * ratio);
    const context = element.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const dark = isDark();
    context.clearRect(0, 0, width, height);
    context.font = "12px ui-monospace, 'DejaVu Sans Mono', monospace";
    context.textBaseline = "middle";
    const letter = context.measureText("m").width;
    const draw = ({ node, x, w }, y) => {
      context.globalAlpha = hits && !hits.is[node] ? 0.35 : 1;
      context.fillStyle = hits?.is[node] === 1 ? (dark ? "#8a5cf6" : "#c9a7ff")
        : node === 0 ? (dark ? "#2b303b" : "#eceff4") : colorOf(tree, node, labels, comparing, dark);
      context.fillRect(x, y, Math.max(w - (w > 3 ? 1 : 0), 0.5), rowHeight - 1);
      const letters = Math.floor((w - 8) / letter);
      if (letters >= 3) {
        context.fillStyle = dark ? "#eef1f6" : "#15181e";
        context.fillText(fitted(node === 0 ? title : labelText(tree, node, labels), letters), x + 4, y + rowHeight / 2);
      }
      context.globalAlpha = 1;
    };
    for (let depth = Math.floor(top / rowHeight); depth < rows.length && depth * rowHeight - top < height; ++depth)
      for (const rect of rows[depth]) draw(rect, depth * rowHeight - top);
    const mark = rows[tree.depth[selected]]?.find((rect) => rect.node === selected);
    if (mark && document.activeElement === element) {
      context.strokeStyle = dark ? "#fff" : "#000";
      context.lineWidth = 2;
      context.strokeRect(mark.x + 1, tree.depth[selected] * rowHeight - top + 1, Math.max(mark.w - 3, 1), rowHeight - 3);
    }
  }, [tree, labels, rows, top, width, height, hits, selected, comparing, theme, title]);

  const nodeAt = (event) => {
    const area = canvas.current.getBoundingClientRect();
    const x = event.clientX - area.left;
    const y = event.clientY - area.top;
    const hit = rows[Math.floor((y + top) / rowHeight)]?.find((one) => x >= one.x && x < one.x + one.w);
    return hit === undefined ? null : hit.node;
  };
  const reveal = (node) => {
    const y = tree.depth[node] * rowHeight;
    if (y < top) setTop(y);
    if (y + rowHeight > top + height) setTop(y + rowHeight - height);
  };
  const onKey = (event) => {
    const siblings = selected === 0 ? [] : [...tree.childrenOf(tree.parent[selected])];
    const place = siblings.indexOf(selected);
    const next = {
      ArrowUp: () => tree.parent[selected],
      ArrowDown: () => tree.childrenOf(selected)[0],
      ArrowLeft: () => siblings[place - 1],
      ArrowRight: () => siblings[place + 1],
      Home: () => 0,
    }[event.key];
    if (next) {
      const node = next();
      if (node !== undefined) {
        setSelected(node);
        reveal(node);
      }
    } else if (event.key === "Enter") {
      setZoom(selected);
    } else if (event.key === "Escape") {
      setZoom(0);
    } else if (event.key === "s" && selected !== 0) {
      onFunction(tree.label[selected]);
    } else {
      return;
    }
    event.preventDefault();
  };
  const about = hover?.node ?? selected;
  const frame = labels.frame[tree.label[about]];
  return (
    <div class="flame" ref={box}>
      <canvas ref={canvas} tabIndex="0" role="img" style={{ width: "100%", height: `${height}px` }}
        aria-label={`${title}. Arrow keys move, Enter zooms, Escape zooms out, s shows callers and callees.`}
        onMouseMove={(event) => {
          const node = nodeAt(event);
          setHover(node === null ? null : { node, x: event.clientX, y: event.clientY });
        }}
        onMouseLeave={() => setHover(null)}
        onClick={(event) => {
          const node = nodeAt(event);
          if (node === null) return;
          setSelected(node);
          setZoom(node);
        }}
        onDblClick={(event) => {
          const node = nodeAt(event);
          if (node) onFunction(tree.label[node]);
        }}
        onWheel={(event) => {
          const next = Math.max(0, Math.min(fullHeight - height, top + event.deltaY));
          if (next === top) return;
          event.preventDefault();
          setTop(next);
        }}
        onKeyDown={onKey} onFocus={() => setSelected((node) => node)} />
      {fullHeight > height && (
        <input class="scroll" type="range" aria-label="Scroll down the stacks" min="0" max={fullHeight - height}
          value={top} onInput={(event) => setTop(Number(event.currentTarget.value))} />)}
      <p class="about" aria-live="polite">
        <b>{about === 0 ? title : labelText(tree, about, labels)}</b>{" "}
        <Amounts tree={tree} node={about} text={text} comparing={comparing} />
        {about !== 0 && <span class="faint"> {model.frameWhere(frame)}</span>}
      </p>
      {hover && hover.node !== 0 && (
        <div class="tip" style={{ left: `${Math.min(hover.x + 14, innerWidth - 420)}px`, top: `${hover.y + 18}px` }}>
          <b>{labelText(tree, hover.node, labels)}</b>
          <div><Amounts tree={tree} node={hover.node} text={text} comparing={comparing} /></div>
          <div class="faint">{model.frameWhere(labels.frame[tree.label[hover.node]])}</div>
        </div>)}
    </div>);
}

function Amounts({ tree, node, text, comparing }) {
  if (comparing) {
    const delta = tree.after[node] - tree.before[node];
    return (
      <span>
        <span class={delta > 0 ? "grown" : "shrunk"}>{signed(delta, text)}</span>{" "}
        (before {text(tree.before[node])}, after {text(tree.after[node])})
      </span>);
  }
  return <span>{text(tree.after[node])}, {share(tree.weight[node], tree.weight[0])}; itself {text(tree.selfAfter[node])}</span>;
}

/// Nodes of a tree by their path of names, for links.
const pathOf = (tree, node) => {
  const steps = [];
  for (let at = node; at !== 0; at = tree.parent[at]) steps.push([...tree.childrenOf(tree.parent[at])].indexOf(at));
  return steps.reverse().join(".");
};
const nodeOf = (tree, path) => {
  let node = 0;
  for (const step of path ? path.split(".") : []) {
    const next = tree.childrenOf(node)[Number(step)];
    if (next === undefined) return node;
    node = next;
  }
  return node;
};

export function Flame({ model, view, set }) {
  const labels = useMemo(() => labelsOf(model, view.merge), [model, view.merge]);
  const metric = model.metric(view);
  const tree = useMemo(() => callTree(model, labels, model.amounts(view), view.hide),
    [model, labels, view.metric, view.from, view.to, view.owner, view.hide]);
  // Modules may each have a function of that name.
  const known = view.sandwich !== "" && labels.name.includes(view.sandwich);
  const around = useMemo(() => (known ? sandwich(tree, (label) => labels.name[label] === view.sandwich) : null),
    [tree, known, view.sandwich]);
  const main = useMemo(() => (view.inverted && !around ? invertedTree(tree) : tree), [tree, view.inverted, around]);
  const words = view.search.trim().toLowerCase();
  const matches = (one) => labels.name[one].toLowerCase().includes(words);
  const hits = useMemo(() => (words && !around ? found(main, matches) : null), [main, words, around]);
  const title = metric.label;
  const comparing = Boolean(metric.compares);
  const common = { model, labels, unit: metric.unit, comparing, theme: view.theme,
    onFunction: (one) => set({ sandwich: labels.name[one], zoom: "" }) };
  const check = (name, text) => (
    <label><input type="checkbox" name={name} checked={view[name]}
      onChange={(event) => set({ [name]: event.currentTarget.checked, zoom: "" })} /> {text}</label>);
  return (
    <section aria-label="Flame graph">
      <div class="tools">
        <input type="search" name="search" placeholder="Search functions" aria-label="Search functions"
          value={view.search} onInput={(event) => set({ search: event.currentTarget.value })} />
        {hits && <span class="hits">{count(hits.nodes)} found, {share(hits.weight, main.weight[0])}</span>}
        {check("hide", "hide allocator frames")}
        {check("merge", "merge template arguments")}
        {check("inverted", "inverted")}
        {view.zoom && <button type="button" onClick={() => set({ zoom: "" })}>Zoom out</button>}
      </div>
      <p class="faint keys">Click or Enter zooms, Escape zooms out, arrow keys walk, a double click or s shows callers and callees.</p>
      {around ? (
        <div>
          <p class="tools"><b class="name">{view.sandwich}</b>
            <button type="button" onClick={() => set({ sandwich: "" })}>Back to all</button></p>
          {around.callees.weight[0] === 0 ? <p class="empty">Nothing to show: this function has none of it.</p> : <>
            <h3>Callees</h3>
            <ZoomedCanvas {...common} tree={around.callees} title={`In and below ${view.sandwich}`} />
            <h3>Callers</h3>
            <ZoomedCanvas {...common} tree={around.callers} title={`Who calls ${view.sandwich}`} />
          </>}
        </div>
      ) : main.weight[0] === 0 ? <p class="empty">Nothing to show: no stack has any of this.</p> : (
        <Canvas {...common} tree={main} hits={hits} title={title} zoom={nodeOf(main, view.zoom)}
          setZoom={(node) => set({ zoom: pathOf(main, node) })} />)}
    </section>);
}

function ZoomedCanvas(props) {
  const [zoom, setZoom] = useState(0);
  useEffect(() => setZoom(0), [props.tree]);
  return <Canvas {...props} zoom={zoom < props.tree.label.length ? zoom : 0} setZoom={setZoom} hits={null} />;
}
