/* Shapes, patterns and small helpers of the map: one shape per state, so that colour is never the only sign. */
(function (global) {
  "use strict";

  /* The letters of the document; the order of the legend, in which the worst state lies on top of the map. */
  const STATE_OF = { c: "covered", p: "partly_covered", n: "not_covered", d: "no_data" };
  const STATE_ORDER = ["not_covered", "partly_covered", "covered", "no_data"];
  /* A map narrower or lower than this has no room for boxes that stay open. */
  const NARROW_PX = 720, LOW_PX = 450;
  const isSmall = ({ x, y }) => x < NARROW_PX || y < LOW_PX;

  function element(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name === "text") node.textContent = value;
      else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
    }
    for (const child of children.flat()) if (child) node.append(child);
    return node;
  }

  function svg(tag, attributes, ...children) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }

  function plain(text) {
    return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/đ/g, "d").replace(/Đ/g, "D").toLowerCase();
  }

  /* Encoded polylines (Google's published form): differences, zigzag, five bits a letter; latitude first. */
  function decode(text, factor) {
    const points = [];
    let index = 0, lat = 0, lng = 0;
    const next = () => {
      let number = 0, shift = 0, bits;
      do { bits = text.charCodeAt(index++) - 63; number |= (bits & 31) << shift; shift += 5; } while (bits >= 32);
      return number & 1 ? ~(number >> 1) : number >> 1;
    };
    while (index < text.length) { lat += next(); lng += next(); points.push([lat / factor, lng / factor]); }
    return points;
  }

  function decodeRings(polygons, factor) { return polygons.map((rings) => rings.map((ring) => decode(ring, factor))); }

  function shapePath(context, shape, x, y, r) {
    context.beginPath();
    if (shape === "square") context.rect(x - r, y - r, 2 * r, 2 * r);
    else if (shape === "diamond") {
      context.moveTo(x, y - r); context.lineTo(x + r, y); context.lineTo(x, y + r); context.lineTo(x - r, y);
      context.closePath();
    } else if (shape === "triangle") {
      context.moveTo(x, y - r); context.lineTo(x + r, y + r * 0.8); context.lineTo(x - r, y + r * 0.8);
      context.closePath();
    } else context.arc(x, y, r, 0, Math.PI * 2, false);
  }

  /* A wedge around an azimuth, or a circle for all directions; north is up. */
  function lobePath(context, x, y, r, azimuth, width) {
    const turn = Math.PI / 180;
    context.beginPath();
    if (width >= 360) { context.arc(x, y, r * 0.7, 0, Math.PI * 2); return; }
    context.moveTo(x, y);
    context.arc(x, y, r, (azimuth - width / 2 - 90) * turn, (azimuth + width / 2 - 90) * turn);
    context.closePath();
  }

  /* One canvas for everything that can be clicked: a second one above it would swallow its clicks. */
  const Renderer = L.Canvas.extend({
    _fillStroke: function (context, layer) {
      const options = layer.options;
      if (options.halo) {
        const rim = Object.assign({}, options, { fill: false, color: options.halo, weight: options.weight + 2.4 });
        L.Canvas.prototype._fillStroke.call(this, context, { options: rim });
      }
      if (options.fill && options.hatch) {
        context.globalAlpha = options.fillOpacity;
        context.fillStyle = this._hatch(context, options.fillColor, options.hatch);
        context.fill(options.fillRule || "evenodd");
        context.globalAlpha = 1;
        L.Canvas.prototype._fillStroke.call(this, context, { options: Object.assign({}, options, { fill: false }) });
      } else L.Canvas.prototype._fillStroke.call(this, context, layer);
    },
    _hatch: function (context, fill, ink) {
      const key = fill + ink;
      this._patterns = this._patterns || {};
      if (!this._patterns[key]) {
        const tile = document.createElement("canvas");
        tile.width = tile.height = 8;
        const pen = tile.getContext("2d");
        pen.fillStyle = fill;
        pen.fillRect(0, 0, 8, 8);
        pen.strokeStyle = ink;
        pen.lineWidth = 1.2;
        for (const shift of [-8, 0, 8]) { pen.moveTo(shift - 1, 9); pen.lineTo(shift + 9, -1); }
        pen.stroke();
        this._patterns[key] = context.createPattern(tile, "repeat");
      }
      return this._patterns[key];
    },
    _drawLobes: function (layer) {
      const { lobes, reach, fillColor, shiftX } = layer.options;
      const x = layer._point.x + (shiftX || 0);
      for (const [azimuth, width] of lobes) {
        lobePath(this._ctx, x, layer._point.y, reach, azimuth, width);
        this._fillStroke(this._ctx, { options: {
          fill: true, fillColor: "#ffffff", fillOpacity: 0.22, stroke: true, color: fillColor, weight: 1.4, opacity: 1, halo: "#ffffff" } });
      }
    },
    _updateShape: function (layer) {
      if (!this._drawing || layer._empty()) return;
      if (layer.options.lobes) this._drawLobes(layer);
      shapePath(this._ctx, layer.options.shape, layer._point.x + (layer.options.shiftX || 0), layer._point.y, Math.max(layer._radius, 1));
      this._fillStroke(this._ctx, layer);
    },
  });

  /* `lobes` (pairs of azimuth and width in degrees) reach `reach` pixels around a marker; they take no clicks. */
  const ShapeMarker = L.CircleMarker.extend({
    _updatePath: function () { this._renderer._updateShape(this); },
    _updateBounds: function () {
      L.CircleMarker.prototype._updateBounds.call(this);
      const { lobes, reach, shiftX } = this.options;
      if (!lobes) return;
      const far = L.point(reach + 2 + Math.abs(shiftX || 0), reach + 2);
      this._pxBounds = L.bounds(this._point.subtract(far), this._point.add(far));
    },
  });

  function swatch(kind, options) {
    const box = svg("svg", { viewBox: "0 0 18 14", width: 18, height: 14, class: "swatch", "aria-hidden": "true" });
    const paint = { fill: options.fill || "none", stroke: options.stroke || "#14212b", "stroke-width": options.width || 0.8 };
    if (kind === "area") {
      box.append(svg("rect", { x: 0.5, y: 0.5, width: 17, height: 13, ...paint }));
      if (options.hatch) {
        for (const x of [-4, 2, 8, 14]) {
          box.append(svg("line", { x1: x, y1: 13.5, x2: x + 9, y2: 0.5, stroke: options.hatch, "stroke-width": 1 }));
        }
      }
    } else if (kind === "line") box.append(svg("line", { x1: 0, y1: 7, x2: 18, y2: 7, ...paint }));
    else if (kind === "wedge") box.append(svg("path", { d: "M3 12 L3 1.5 A11 11 0 0 1 13 7.5 Z", ...paint }));
    else if (kind === "square") box.append(svg("rect", { x: 4, y: 2, width: 10, height: 10, ...paint }));
    else if (kind === "diamond") box.append(svg("path", { d: "M9 1 L15 7 L9 13 L3 7 Z", ...paint }));
    else if (kind === "triangle") box.append(svg("path", { d: "M9 2 L14.5 12 L3.5 12 Z", ...paint }));
    else box.append(svg("circle", { cx: 9, cy: 7, r: kind === "ring" ? 4.5 : 4, ...paint }));
    return box;
  }

  global.phusongShapes = { decode, decodeRings, element, plain, Renderer, ShapeMarker, swatch, STATE_OF, STATE_ORDER, NARROW_PX, isSmall };
})(window);
