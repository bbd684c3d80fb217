"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const copy = $("copy");
  copy.addEventListener("click", async () => {
    const range = document.createRange();
    range.selectNodeContents($("nixcode"));
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    try {
      await navigator.clipboard.writeText($("nixcode").textContent);
      copy.textContent = "Copied";
    } catch {
      copy.textContent = "Selected: press Ctrl+C";
    }
  });
  const view = $("view");
  if (!view) return;

  const svg = $("graph"), world = $("world");
  const nodes = new Map([...document.querySelectorAll(".node")].map((el) => [el.id, { el, to: [], from: [], edges: [] }]));
  const edges = [...document.querySelectorAll("#edges path")].map((el) => {
    const edge = { el, from: el.dataset.from, to: el.dataset.to };
    nodes.get(edge.from).to.push(edge.to);
    nodes.get(edge.to).from.push(edge.from);
    nodes.get(edge.from).edges.push(edge);
    nodes.get(edge.to).edges.push(edge);
    return edge;
  });

  // Pan and zoom: one transform on one group.
  let x = 0, y = 0, k = 1;
  const W = +svg.dataset.width, H = +svg.dataset.height;
  const apply = () => world.setAttribute("transform", `translate(${x} ${y}) scale(${k})`);
  const zoom = (factor, cx, cy) => {
    const next = Math.min(4, Math.max(0.03, k * factor));
    x = cx - (cx - x) * (next / k);
    y = cy - (cy - y) * (next / k);
    k = next;
    apply();
  };
  const bounds = () => view.getBoundingClientRect();
  const show = (least) => {
    view.style.height = "";
    k = Math.max(least, Math.min(1.1, bounds().width / W, bounds().height / H));
    // No more height than the picture takes.
    const b = bounds(), height = Math.max(260, Math.min(b.height, H * k));
    view.style.height = `${height}px`;
    x = Math.max(0, (b.width - W * k) / 2);
    y = (height - H * k) / 2;
    if (least === 0) y = Math.max(0, y);
    apply();
  };
  const fit = () => show(0);
  const middle = () => [bounds().width / 2, bounds().height / 2];
  $("in").addEventListener("click", () => zoom(1.3, ...middle()));
  $("out").addEventListener("click", () => zoom(1 / 1.3, ...middle()));
  $("fit").addEventListener("click", fit);
  view.addEventListener("wheel", (e) => {
    e.preventDefault();
    zoom(Math.exp(-e.deltaY * 0.0015), e.clientX - bounds().left, e.clientY - bounds().top);
  }, { passive: false });

  const fingers = new Map();
  let moved = 0;
  view.addEventListener("pointerdown", (e) => {
    fingers.set(e.pointerId, e);
    moved = 0;
    view.classList.add("drag");
  });
  view.addEventListener("pointermove", (e) => {
    const last = fingers.get(e.pointerId);
    if (!last) return;
    const others = [...fingers.values()].filter((f) => f.pointerId !== e.pointerId);
    if (others.length) {
      const o = others[0];
      const was = Math.hypot(last.clientX - o.clientX, last.clientY - o.clientY);
      const is = Math.hypot(e.clientX - o.clientX, e.clientY - o.clientY);
      if (was > 0) zoom(is / was, (e.clientX + o.clientX) / 2 - bounds().left, (e.clientY + o.clientY) / 2 - bounds().top);
    } else {
      x += e.clientX - last.clientX;
      y += e.clientY - last.clientY;
      apply();
    }
    moved += Math.abs(e.clientX - last.clientX) + Math.abs(e.clientY - last.clientY);
    fingers.set(e.pointerId, e);
  });
  const lift = (e) => {
    fingers.delete(e.pointerId);
    if (!fingers.size) view.classList.remove("drag");
  };
  for (const type of ["pointerup", "pointercancel", "pointerleave"]) view.addEventListener(type, lift);

  // Search and filters.
  const search = $("search"), only = $("only"), status = $("status");
  const groups = [...document.querySelectorAll("input[name=group]")];
  const rows = [...document.querySelectorAll("tr.row")];
  let selected = null;
  const shown = (n) => !n.el.classList.contains("off");
  const update = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const on = new Set(groups.filter((g) => g.checked).map((g) => g.value));
    const matches = (text) => words.every((w) => text.toLowerCase().includes(w));
    const missing = new Set();
    if (only.checked) {
      // What is missing, and everything on the way to it.
      const queue = [...nodes].filter(([, n]) => n.el.classList.contains("missing")).map(([id]) => id);
      for (const id of queue) if (!missing.has(id)) { missing.add(id); queue.push(...nodes.get(id).from); }
    }
    const near = selected ? new Set([selected, ...nodes.get(selected).to, ...nodes.get(selected).from]) : null;
    let hits = 0;
    for (const [id, n] of nodes) {
      const d = n.el.dataset;
      const off = !on.has(d.group) || only.checked && !missing.has(id);
      const hit = words.length > 0 && matches(d.title + " " + d.about);
      if (hit && !off) hits++;
      n.el.classList.toggle("off", off);
      n.el.classList.toggle("hit", hit);
      n.el.classList.toggle("sel", id === selected);
      n.el.classList.toggle("dim", words.length > 0 && !hit || near !== null && !near.has(id));
      n.el.tabIndex = off ? -1 : 0;
    }
    for (const e of edges) {
      const a = nodes.get(e.from), b = nodes.get(e.to);
      const lit = selected !== null && (e.from === selected || e.to === selected);
      e.el.classList.toggle("off", !shown(a) || !shown(b));
      e.el.classList.toggle("lit", lit);
      e.el.classList.toggle("dim", !lit && (selected !== null || words.length > 0 && !(a.el.classList.contains("hit") && b.el.classList.contains("hit"))));
    }
    for (const r of rows) r.hidden = words.length > 0 && !matches(r.textContent);
    const all = [...nodes.values()].filter(shown).length;
    status.textContent = words.length ? `${hits} of ${all} match` : `${all} of ${nodes.size} shown`;
    return hits;
  };
  const center = (id) => {
    const r = nodes.get(id).el.querySelector("rect"), b = bounds();
    if (k < 0.6) k = 0.9;
    x = b.width / 2 - (+r.getAttribute("x") + r.getAttribute("width") / 2) * k;
    y = b.height / 2 - (+r.getAttribute("y") + 12) * k;
    apply();
  };
  search.addEventListener("input", () => {
    selected = null;
    $("panel").hidden = true;
    if (update() === 1) for (const [id, n] of nodes) if (n.el.classList.contains("hit") && shown(n)) center(id);
  });
  only.addEventListener("change", update);
  for (const g of groups) g.addEventListener("change", update);

  // One node in full.
  const list = (ul, ids) => {
    ul.replaceChildren(...(ids.length ? ids : [null]).map((id) => {
      const li = document.createElement("li");
      if (id === null) { li.textContent = "nothing but the C library"; return li; }
      const b = document.createElement("button");
      b.type = "button";
      b.textContent = nodes.get(id).el.dataset.title;
      b.addEventListener("click", () => { select(id); center(id); });
      li.append(b);
      return li;
    }));
    if (!ids.length && ul.id === "p-by") ul.firstChild.textContent = "nothing here";
  };
  const select = (id) => {
    selected = id;
    const panel = $("panel");
    panel.hidden = id === null;
    if (id !== null) {
      const n = nodes.get(id);
      $("p-title").textContent = n.el.dataset.title;
      $("p-about").textContent = n.el.dataset.about;
      list($("p-needs"), n.to);
      list($("p-by"), n.from);
    }
    update();
  };
  $("nodes").addEventListener("click", (e) => {
    const n = e.target.closest(".node");
    if (n && moved < 6) select(n.id === selected ? null : n.id);
  });
  $("nodes").addEventListener("keydown", (e) => {
    const n = e.target.closest(".node");
    if (n && (e.key === "Enter" || e.key === " ")) { e.preventDefault(); select(n.id); $("close").focus(); }
  });
  $("nodes").addEventListener("focusin", (e) => {
    const n = e.target.closest(".node");
    if (n && n.matches(":focus-visible")) center(n.id);
  });
  $("close").addEventListener("click", () => { const was = selected; select(null); if (was) nodes.get(was).el.focus(); });
  view.addEventListener("keydown", (e) => {
    const step = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[e.key];
    if (step) { e.preventDefault(); x += step[0]; y += step[1]; apply(); }
    if (e.key === "+" || e.key === "=") zoom(1.3, ...middle());
    if (e.key === "-") zoom(1 / 1.3, ...middle());
    if (e.key === "0") fit();
    if (e.key === "Escape") select(null);
  });
  // The beginning of a large graph in letters that can be read, not all of it.
  const start = () => show(0.62);
  addEventListener("resize", start);
  start();
  update();
})();
