import { Component, render } from "preact";
import { useEffect } from "preact/hooks";
import "uplot/dist/uPlot.min.css";
import "./page.css";
import { unpack } from "./data.js";
import { Budgets } from "./budgets.jsx";
import { DiffTimeline } from "./diff_timeline.jsx";
import { Flame } from "./flame.jsx";
import { DiffOverview, Overview } from "./overview.jsx";
import { ProcessChanges, Processes } from "./processes.jsx";
import { Leaks, Sites } from "./sites.jsx";
import { Sizes } from "./sizes.jsx";
import { Timeline } from "./timeline.jsx";
import { useView } from "./view.js";

function tabsOf(model) {
  if (model.isDiff) {
    return { flame: ["Flame graph", Flame], sites: ["Sites", Sites], processes: ["Processes", ProcessChanges] };
  }
  return {
    flame: ["Flame graph", Flame],
    sites: ["Sites", Sites],
    processes: ["Processes", Processes],
    ...(model.details.size > 0 ? { sizes: ["Sizes and lifetimes", Sizes] } : {}),
    leaks: ["Leaks", Leaks],
    ...(model.data.check ? { budgets: ["Budgets", Budgets] } : {}),
  };
}

function App({ model }) {
  const [view, set] = useView();
  useEffect(() => {
    if (view.theme) document.documentElement.dataset.theme = view.theme;
    else delete document.documentElement.dataset.theme;
  }, [view.theme]);
  if (view.theme) document.documentElement.dataset.theme = view.theme;
  const tabs = tabsOf(model);
  const chosen = tabs[view.tab] ? view.tab : "flame";
  const Tab = tabs[chosen][1];
  const names = Object.keys(tabs);
  const onKey = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = names[(names.indexOf(chosen) + step + names.length) % names.length];
    set({ tab: next });
    document.getElementById(`tab-${next}`)?.focus();
  };
  const range = model.range(view);
  return (
    <main>
      {model.isDiff ? <DiffOverview model={model} /> : <Overview model={model} set={set} />}
      <button type="button" class="theme" onClick={() => {
        const dark = view.theme ? view.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
        set({ theme: dark ? "light" : "dark" });
      }}>Light or dark</button>
      {model.isDiff ? <DiffTimeline model={model} view={view} /> : <Timeline model={model} view={view} set={set} />}
      <div class="tools bar">
        <div role="tablist" aria-label="Views" onKeyDown={onKey}>
          {names.map((name) => (
            <button type="button" role="tab" id={`tab-${name}`} aria-selected={name === chosen} aria-controls="panel"
              tabIndex={name === chosen ? 0 : -1} onClick={() => set({ tab: name })}>{tabs[name][0]}</button>))}
        </div>
        {["flame", "sites"].includes(chosen) && (
          <label>Show <select name="metric" disabled={Boolean(range)} value={model.metric(view).name}
            onChange={(event) => set({ metric: event.currentTarget.value, zoom: "" })}>
            {range ? <option value="range">{model.metric(view).label}</option>
              : model.metrics.map((one) => <option value={one.name}>{one.label}</option>)}
          </select></label>)}
        {view.owner !== null && model.data.owners && (
          <button type="button" class="chip" onClick={() => set({ owner: null, zoom: "" })}>
            {model.text(model.data.owners[view.owner])} ✕</button>)}
      </div>
      <div role="tabpanel" id="panel" aria-labelledby={`tab-${chosen}`}>
        <Tab model={model} view={view} set={set} />
      </div>
      <footer class="faint">Made by memprof. Stacks below {(100 * model.data.stacks.share).toPrecision(2)} % of everything
        are summed up as “smaller”; sums are exact.</footer>
    </main>);
}

/// What goes wrong is said instead of showing half a page.
class Guard extends Component {
  componentDidCatch(error) {
    console.error(error);
    this.setState({ error });
  }

  render({ children }, { error }) {
    return error ? <p class="failed">This page cannot be shown: {String(error)}</p> : children;
  }
}

const root = document.getElementById("app");
unpack(document.getElementById("data").textContent).then((model) => {
  root.textContent = "";
  render(<Guard><App model={model} /></Guard>, root);
  root.dataset.ready = "yes";
}).catch((error) => {
  console.error(error);
  root.textContent = `This page cannot be read: ${error}. It takes a browser of 2023 or later.`;
});
