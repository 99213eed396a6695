/**
 * What the page does by itself in the browser. Everything works without it: the
 * server sorts, searches and refreshes; this only spares loading the page anew.
 */

/** Time between two refreshes, seconds. */
export const REFRESH_SECONDS = 15;

/**
 * The content of the page's one `<script>`: fetches the page and exchanges the
 * parts marked with `data-live`, keeping focus, scroll position and what is being
 * typed.
 */
export const SCRIPT = `
"use strict";
(() => {
  const root = document.documentElement;
  const stale = document.getElementById("stale");
  let url = location.href;
  let asked = 0;
  let typing = 0;

  function localize(page) {
    for (const time of page.querySelectorAll("time[data-clock]")) {
      time.textContent = new Date(time.dateTime).toLocaleString(root.lang,
        { dateStyle: "medium", timeStyle: "medium" });
    }
  }

  // What only works with this script is shown by it.
  function enable(page) {
    localize(page);
    for (const button of page.querySelectorAll("button[data-copy]")) {
      button.hidden = false;
    }
  }

  function exchange(page) {
    const focused = document.activeElement?.id;
    for (const old of document.querySelectorAll("[data-live]")) {
      const fresh = page.getElementById(old.id);
      if (fresh === null || fresh.outerHTML === old.outerHTML) continue;
      old.className = fresh.className;
      old.replaceChildren(...fresh.childNodes);
    }
    if (focused && document.activeElement?.id !== focused) {
      document.getElementById(focused)?.focus({ preventScroll: true });
    }
    document.title = page.title;
    const icon = page.querySelector("link[rel=icon]");
    document.querySelector("link[rel=icon]").href = icon.href;
  }

  async function refresh() {
    const mine = ++asked;
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(10000) });
      const text = await answer.text();
      if (mine !== asked) return;
      if (!answer.ok) throw new Error(answer.statusText);
      const page = new DOMParser().parseFromString(text, "text/html");
      // Another version has another style and another script.
      if (page.documentElement.dataset.version !== root.dataset.version) {
        return location.reload();
      }
      enable(page);
      exchange(page);
      stale.hidden = true;
    } catch {
      if (mine === asked) stale.hidden = false;
    }
  }

  function show(next) {
    url = String(next);
    history.replaceState(null, "", url);
    return refresh();
  }

  // Not navigator.clipboard: it is for https pages only.
  function copy(button) {
    const range = document.createRange();
    range.selectNodeContents(document.getElementById(button.dataset.copy));
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    if (!document.execCommand("copy")) return;
    selection.removeAllRanges();
    const said = button.querySelector("[role=status]");
    said.hidden = false;
    setTimeout(() => said.hidden = true, 2000);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-copy]");
    if (button !== null) return copy(button);
    const link = event.target.closest("a[data-swap]");
    if (link === null || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    void show(link.href);
  });

  const form = document.querySelector("form");
  function search() {
    const next = new URL(url);
    const text = form.elements.q.value;
    if (text === "") next.searchParams.delete("q");
    else next.searchParams.set("q", text);
    void show(next);
  }
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    search();
  });
  form?.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(search, 200);
  });

  // Not while somebody selects text, and not where nobody looks.
  setInterval(() => {
    if (!document.hidden && getSelection().isCollapsed) void refresh();
  }, ${REFRESH_SECONDS * 1000});
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) void refresh();
  });
  enable(document);
})();
`;
