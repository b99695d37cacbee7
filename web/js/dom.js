// Elements without markup in strings: nothing that came over the network is ever parsed as HTML.

/** An element: h("button", {class: "x", onclick: f, "aria-label": "…"}, "text", child). */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else attr(element, key, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Sets, or with null removes, an attribute; leaves it alone when it is so already. */
export function attr(element, key, value) {
  if (value === null) element.removeAttribute(key);
  else if (element.getAttribute(key) !== String(value)) element.setAttribute(key, value);
}

/** Sets the text; leaves it alone when it is so already, so that no screen reader says it twice. */
export function text(element, value) {
  if (element.textContent !== value) element.textContent = value;
}

/** Shows or hides. */
export function show(element, visible) {
  if (element.hidden === visible) element.hidden = !visible;
}

export function byId(id) {
  return document.getElementById(id);
}
