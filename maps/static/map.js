/* Draws a province map from the JSON document that maps/documents.py writes.
 *
 * Every text is set as text (textContent), never as markup: names come from files that anybody may have written.
 */
(function (global) {
  "use strict";

  const { element, plain, Renderer, ShapeMarker, swatch } = global.phusongShapes;

  const STATE_OF = { c: "covered", p: "partly_covered", n: "not_covered", d: "no_data" };
  const STATE_ORDER = ["not_covered", "partly_covered", "covered", "no_data"];
  const NARROW_PX = 720;
  const NAMES_FROM_ZOOM = 10.5;

  /* ---------- the page ---------- */

  function Page(map, data, pictures) {
    this.map = map;
    this.data = data;
    this.pictures = pictures;
    this.words = data.labels;
    this.numbers = new Intl.NumberFormat(data.language === "vi" ? "vi-VN" : "en-GB", { maximumFractionDigits: 1 });
    this.renderer = new Renderer({ padding: 0.3, tolerance: 4 });
    this.layers = {};
    const first = data.technologies.includes("4G") ? "4G" : data.technologies[0] || "";
    this.state = {
      technology: first,
      base: this.figures().length ? "figure" : "none",
      figure: (this.figures()[0] || {}).id || "",
      shown: { villages: data.villages.rows.length > 0, gaps: false, roads: data.roads.length > 0 },
    };
  }

  Page.prototype = {
    number: function (value) { return value === null || value === undefined ? "–" : this.numbers.format(value); },

    /* Never 100 % for a share below 1, nor 0 % for one above 0. */
    share: function (value) {
      if (value === null || value === undefined) return this.words.no_data;
      let percent = Math.round(value * 1000) / 10;
      if (value < 1 && percent >= 100) percent = 99.9;
      if (value > 0 && percent <= 0) percent = 0.1;
      return this.numbers.format(percent) + "\u00a0%";
    },

    figures: function () { return this.data.figures.filter((figure) => this.data.communes.values[figure.id]); },

    figure: function () { return this.data.figures.find((figure) => figure.id === this.state.figure); },

    values: function (figure) {
      const by = this.data.communes.values[figure.id] || {};
      return by[figure.perTechnology ? this.state.technology : ""] || [];
    },

    classOf: function (figure, value) {
      let index = 0;
      while (index < figure.breaks.length && value >= figure.breaks[index]) index += 1;
      return index;
    },

    technologyIndex: function () { return this.data.technologies.indexOf(this.state.technology); },

    /* ----- layers ----- */

    communeStyle: function (index) {
      const line = { color: "#3c4b57", weight: 0.8, opacity: 0.9, fill: true, hatch: null, fillOpacity: 0 };
      if (this.state.base !== "figure" || !this.figure()) return line;
      const figure = this.figure();
      const value = this.values(figure)[index];
      if (value === null || value === undefined) {
        return { ...line, fillColor: this.data.noData.fill, hatch: this.data.noData.ink, fillOpacity: 0.75 };
      }
      return { ...line, fillColor: figure.colours[this.classOf(figure, value)], fillOpacity: 0.82 };
    },

    drawCommunes: function () {
      const group = L.layerGroup();
      const names = L.layerGroup();
      this.communeShapes = this.data.communes.outlines.map((outline, index) => {
        const shape = L.GeoJSON.geometryToLayer(
          { type: "Feature", geometry: outline },
          { style: {}, markersInheritOptions: false }
        );
        shape.options.renderer = this.renderer;
        shape.setStyle(this.communeStyle(index));
        shape.bindPopup(() => this.communePopup(index), { maxWidth: 320 });
        shape.bindTooltip(() => this.communeTip(index), { sticky: true, className: "map-tip", opacity: 1 });
        group.addLayer(shape);
        const label = element("span", { text: this.data.communes.rows[index][1] });
        const icon = L.divIcon({ className: "commune-name", html: label, iconSize: null });
        names.addLayer(L.marker(shape.getBounds().getCenter(), { icon, interactive: false, keyboard: false }));
        return shape;
      });
      this.layers.communes = group;
      this.layers.names = names;
    },

    communeTip: function (index) {
      const row = this.data.communes.rows[index];
      const tip = element("div", {}, element("strong", { text: row[1] }));
      const figure = this.state.base === "figure" && this.figure();
      if (figure) tip.append(element("br"), this.figureText(figure, index));
      return tip;
    },

    figureText: function (figure, index) {
      const value = this.values(figure)[index];
      return figure.unit === "share" ? this.share(value) : value === null ? this.words.no_data : this.number(value);
    },

    communePopup: function (index) {
      const [code, name, type, population, area] = this.data.communes.rows[index];
      const facts = [
        [this.words.population, this.number(population)],
        [this.words.area, this.number(area) + " km²"],
      ];
      const figures = this.figures().map((figure) => [figure.label, this.figureText(figure, index)]);
      return this.popup(name, type + " · " + code, facts.concat(figures), this.state.technology);
    },

    popup: function (title, under, facts, technology, extra) {
      const body = element("tbody", {}, facts.map(([name, value]) =>
        element("tr", {}, element("th", { scope: "row", text: name }), element("td", {}, value))));
      return element("div", { class: "map-popup" },
        element("h3", { text: title }),
        element("p", { class: "under", text: under + (technology ? " · " + technology : "") }),
        element("table", {}, body),
        this.data.flatGround ? element("p", { class: "under flat-ground", text: this.data.flatGround }) : undefined, extra);
    },

    stateBadge: function (state) {
      const style = this.data.states[state];
      return element("span", { class: "state" },
        swatch(style.shape, { fill: style.fill, stroke: state === "no_data" ? this.data.noData.ink : undefined }), style.label);
    },

    drawVillages: function () {
      this.villageMarkers = this.data.villages.rows.map((row) => {
        const marker = new ShapeMarker([row[1], row[0]], { renderer: this.renderer, weight: 0.8, color: "#ffffff", fillOpacity: 0.95 });
        marker.row = row;
        marker.bindPopup(() => this.villagePopup(row), { maxWidth: 320 });
        return marker;
      });
      this.layers.villages = L.layerGroup(this.villageMarkers);
      this.styleVillages();
    },

    villageState: function (row) { return STATE_OF[row[7][this.technologyIndex()]] || "no_data"; },

    radius: function (base, state) {
      const zoom = this.map.getZoom() || 8;
      // Seen as a whole, the province is about the villages that lack signal.
      if (state === "covered" && zoom < 9.5) return zoom < 8.75 ? 1.2 : 1.8;
      return base * (zoom < 8.75 ? 0.55 : zoom < 9.75 ? 0.8 : zoom < 11 ? 1.1 : 1.6);
    },

    styleVillages: function () {
      for (const marker of this.villageMarkers) {
        const state = this.villageState(marker.row);
        const style = this.data.states[state];
        Object.assign(marker.options, {
          shape: style.shape, fillColor: style.fill, radius: this.radius(style.radius, state),
          color: state === "no_data" ? this.data.noData.ink : "#ffffff",
          // Thousands of white rims would hide the map behind the covered villages when they are only dots.
          weight: state === "no_data" ? 1.4 : state === "covered" ? 0.4 : 0.8,
        });
        marker._radius = marker.options.radius;
        marker.stateRank = STATE_ORDER.indexOf(state);
      }
    },

    villagePopup: function (row) {
      const [, , id, name, commune, households, power, letters, fibre] = row;
      const facts = this.data.technologies.map((technology, index) => [technology, this.stateBadge(STATE_OF[letters[index]])]);
      facts.push([this.words.households, this.number(households)], [this.words.power, power]);
      if (fibre) facts.push([this.words.fibre, this.fibreWord(fibre)]);
      const link = this.data.links.village
        ? element("p", {}, element("a", { href: this.data.links.village.replace("{id}", id), text: this.words.details }))
        : null;
      return this.popup(name, commune || this.words.village, facts, "", link);
    },

    fibreWord: function (letter) {
      return { c: this.words.fibre_available, p: this.words.fibre_partly, n: this.words.fibre_none, d: this.words.no_data }[letter];
    },

    drawFibre: function () {
      const markers = this.data.villages.rows.filter((row) => row[8]).map((row) => {
        const style = this.data.states[STATE_OF[row[8]]];
        const marker = new ShapeMarker([row[1], row[0]], {
          renderer: this.renderer, shape: style.shape, radius: this.radius(style.radius * 0.9), fillColor: style.fill,
          color: row[8] === "d" ? this.data.noData.ink : "#14212b", weight: 1, fillOpacity: 0.95,
        });
        marker.bindPopup(() => this.villagePopup(row), { maxWidth: 320 });
        return marker;
      });
      this.layers.fibre = L.layerGroup(markers);
    },

    drawGaps: function () {
      const rows = (this.data.gaps[this.state.technology] || { rows: [] }).rows;
      const shapes = rows.map(([outline, area, population, households, villages]) => {
        const shape = L.GeoJSON.geometryToLayer({ type: "Feature", geometry: outline }, {});
        shape.options.renderer = this.renderer;
        shape.setStyle({ color: "#7a1f02", weight: 1.2, fillColor: this.data.states.not_covered.fill, fillOpacity: 0.35 });
        shape.bindPopup(() => this.popup(this.words.gap, this.state.technology, [
          [this.words.area, this.number(area) + " km²"],
          [this.words.population, population === null ? this.words.no_data : this.number(population)],
          [this.words.households, households === null ? this.words.no_data : this.number(households)],
          [this.words.village_count, villages === null ? this.words.no_data : this.number(villages)],
        ], ""), { maxWidth: 320 });
        return shape;
      });
      if (this.layers.gaps) this.layers.gaps.remove();
      this.layers.gaps = L.layerGroup(shapes);
    },

    drawRoads: function () {
      this.layers.roads = L.layerGroup(this.data.roads.map(([line, name, kind, main]) => {
        const shape = L.GeoJSON.geometryToLayer({ type: "Feature", geometry: line }, {});
        shape.options.renderer = this.renderer;
        shape.setStyle({ color: main ? "#5b4a32" : "#7d705c", weight: main ? 1.8 : 0.9, opacity: 0.75, fill: false });
        shape.bindPopup(() => this.popup(name || this.words.road, kind, [], ""), { maxWidth: 280 });
        return shape;
      }));
    },

    drawPlaces: function () {
      const markers = this.data.places.rows.map(([lon, lat, name, kind, letters]) => {
        const marker = new ShapeMarker([lat, lon], {
          renderer: this.renderer, shape: "triangle", radius: 5, fillColor: "#ffffff", color: "#14212b", weight: 1.4, fillOpacity: 1,
        });
        marker.bindPopup(() => this.popup(name, kind, this.data.technologies.map(
          (technology, index) => [technology, this.stateBadge(STATE_OF[letters[index]] || "no_data")]), ""), { maxWidth: 320 });
        return marker;
      });
      this.layers.places = L.layerGroup(markers);
    },

    drawSites: function () {
      if (!this.data.sites) return;
      this.layers.sites = L.layerGroup(this.data.sites.rows.map(([lon, lat, code, operator, technologies, status, shared]) => {
        const [operatorName, colour] = this.data.sites.operators[operator];
        const marker = new ShapeMarker([lat, lon], {
          renderer: this.renderer, shape: "triangle", radius: 4.5, fillColor: colour,
          // Stations on one mast stand side by side, so that none hides another.
          shiftX: (operator - (this.data.sites.operators.length - 1) / 2) * 5, color: "#ffffff", weight: 0.8, fillOpacity: 1,
        });
        marker.isMast = true;
        marker.bindPopup(() => this.popup(code, this.words.station, [
          [this.words.operator, operatorName], [this.words.technology, technologies], [this.words.status, status],
          [this.words.shared_mast, shared ? this.words.yes : this.words.no],
        ], ""), { maxWidth: 320 });
        return marker;
      }));
    },

    drawFibreNodes: function () {
      if (!this.data.fibreNodes) return;
      this.layers.fibre_nodes = L.layerGroup(this.data.fibreNodes.map(([lon, lat, code, operator, kind, ports]) => {
        const marker = new ShapeMarker([lat, lon], {
          renderer: this.renderer, shape: "diamond", radius: 4.5, fillColor: "#00796b", color: "#ffffff", weight: 0.8, fillOpacity: 1,
        });
        marker.bindPopup(() => this.popup(code, this.words.node + " · " + kind, [
          [this.words.operator, operator], [this.words.ports_free, this.number(ports)]], ""), { maxWidth: 280 });
        return marker;
      }));
    },

    /* ----- what is on the map now ----- */

    refresh: function () {
      const { technology, base, shown } = this.state;
      for (const [name, picture] of Object.entries(this.pictures)) {
        if (base === "coverage" && name === technology) picture.addTo(this.map);
        else picture.remove();
      }
      this.communeShapes.forEach((shape, index) => shape.setStyle(this.communeStyle(index)));
      this.styleVillages();
      this.drawGaps();
      const order = ["communes", "gaps", "roads", "places", "fibre", "villages", "fibre_nodes", "sites"];
      for (const name of order) if (this.layers[name]) this.layers[name].remove();
      for (const name of order) {
        if (!this.layers[name] || !(name === "communes" || shown[name])) continue;
        if (name === "villages") {
          this.villageMarkers.slice().sort((a, b) => b.stateRank - a.stateRank).forEach((marker) => marker.addTo(this.map));
        } else this.layers[name].addTo(this.map);
      }
      if (!shown.villages) this.villageMarkers.forEach((marker) => marker.remove());
      this.refreshNames();
      this.drawLegend();
    },

    refreshNames: function () {
      if (this.map.getZoom() >= NAMES_FROM_ZOOM) this.layers.names.addTo(this.map);
      else this.layers.names.remove();
    },

    /* ----- chooser ----- */

    control: function (position, className, build) {
      const control = L.control({ position });
      control.onAdd = () => {
        const box = element("div", { class: "map-box " + className });
        L.DomEvent.disableClickPropagation(box);
        L.DomEvent.disableScrollPropagation(box);
        build(box);
        return box;
      };
      control.addTo(this.map);
      return control;
    },

    radio: function (name, value, text, checked, change) {
      return element("label", { class: "choice" },
        element("input", { type: "radio", name, value, checked, onchange: change }), element("span", { text }));
    },

    drawChooser: function () {
      const wide = this.map.getSize().x >= NARROW_PX;
      this.control("topright", "chooser", (box) => {
        const details = element("details", { open: wide }, element("summary", { text: this.words.layers }));
        details.append(...[this.technologyChoice(), this.baseChoice(), this.layerChoice()].filter(Boolean));
        box.append(details);
      });
      this.control("topleft", "finder", (box) => this.drawFinder(box));
    },

    technologyChoice: function () {
      if (!this.data.technologies.length) return null;
      const field = element("fieldset", { class: "technology-choice" }, element("legend", { text: this.words.technology }));
      for (const technology of this.data.technologies) {
        field.append(this.radio("technology", technology, technology, technology === this.state.technology, () => {
          this.state.technology = technology;
          this.refresh();
        }));
      }
      return field;
    },

    baseChoice: function () {
      const field = element("fieldset", {}, element("legend", { text: this.words.base }));
      const choose = (base) => () => { this.state.base = base; select.disabled = base !== "figure"; this.refresh(); };
      const select = element("select", { "aria-label": this.words.figure, onchange: () => {
        this.state.figure = select.value;
        this.refresh();
      } }, this.figures().map((figure) => element("option", { value: figure.id, text: figure.label })));
      if (this.figures().length) {
        field.append(this.radio("base", "figure", this.words.base_figure, this.state.base === "figure", choose("figure")), select);
      }
      if (Object.keys(this.pictures).length) {
        field.append(this.radio("base", "coverage", this.words.base_coverage, false, choose("coverage")));
      }
      field.append(this.radio("base", "none", this.words.base_none, this.state.base === "none", choose("none")));
      return field;
    },

    layerChoice: function () {
      const available = {
        villages: this.data.villages.rows.length, gaps: Object.keys(this.data.gaps).length, fibre: this.data.villages.hasFibre,
        roads: this.data.roads.length, places: this.data.places.rows.length, sites: this.data.sites, fibre_nodes: this.data.fibreNodes,
      };
      const field = element("fieldset", {}, element("legend", { text: this.words.layers }));
      for (const [name, exists] of Object.entries(available)) {
        if (!exists) continue;
        const input = element("input", { type: "checkbox", name: "layer", value: name, checked: Boolean(this.state.shown[name]),
          onchange: () => { this.state.shown[name] = input.checked; this.refresh(); } });
        field.append(element("label", { class: "choice" }, input, element("span", { text: this.words[name] })));
      }
      return field.querySelector("input") ? field : null;
    },

    drawFinder: function (box) {
      const found = element("ul", { class: "found", role: "listbox" });
      const input = element("input", { type: "search", placeholder: this.words.search, "aria-label": this.words.search,
        autocomplete: "off", oninput: () => this.find(input.value, found) });
      box.append(input, found);
    },

    find: function (text, list) {
      list.replaceChildren();
      const wanted = plain(text.trim());
      if (wanted.length < 2) return;
      const communes = this.data.communes.rows
        .map((row, index) => [row[1], this.words.commune, () => this.goTo(this.communeShapes[index])])
        .filter(([name]) => plain(name).includes(wanted));
      const villages = [];
      for (const marker of this.villageMarkers) {
        if (villages.length >= 8) break;
        if (plain(marker.row[3]).includes(wanted)) villages.push([marker.row[3], marker.row[4] || "", () => this.goTo(marker)]);
      }
      const hits = communes.slice(0, 5).concat(villages).slice(0, 8);
      for (const [name, under, go] of hits) {
        const choose = (event) => {
          // The button goes away here: the map would no longer see that the click was in a box, and close the popup.
          event.stopPropagation();
          list.replaceChildren();
          this.map.getContainer().focus({ preventScroll: true });
          go();
        };
        list.append(element("li", {}, element("button", { type: "button", onclick: choose },
          element("span", { text: name }), element("small", { text: under }))));
      }
      if (!hits.length) list.append(element("li", { class: "none", text: this.words.nothing_found }));
    },

    goTo: function (layer) {
      if (layer.getBounds) {
        this.map.fitBounds(layer.getBounds(), { maxZoom: 12, animate: false });
        layer.openPopup();
      } else {
        // Without animation: a popup that opens while the map still moves is built anew under the reader's finger.
        this.map.setView(layer.getLatLng(), 13, { animate: false });
        if (this.map.hasLayer(layer)) layer.openPopup();
        else this.map.openPopup(this.villagePopup(layer.row), layer.getLatLng(), { maxWidth: 320 });
      }
    },

    /* ----- legend and sources ----- */

    drawLegendBox: function () {
      const wide = this.map.getSize().x >= NARROW_PX;
      this.control("topleft", "legend", (box) => {
        this.legend = element("div", { class: "legend-body" });
        this.legendBox = box;
        box.append(element("details", { open: wide }, element("summary", { text: this.words.legend }), this.legend));
      });
    },

    legendGroup: function (title, other, entries, note) {
      return element("section", {}, element("h4", {}, title, other ? element("small", { lang: this.otherLanguage(), text: other }) : null),
        this.legendList(entries),
        note ? element("p", { class: "legend-note", text: note }) : null);
    },

    legendList: function (entries) {
      return element("ul", {}, entries.map(([icon, text, under]) =>
        element("li", {}, icon, element("span", {}, text, under ? element("small", { lang: this.otherLanguage(), text: under }) : null))));
    },

    inBoth: function (key) { return [this.words[key], this.data.otherLabels[key]]; },

    otherTitle: function (key) { return this.data.otherLabels[key] + " · " + this.state.technology; },

    otherLanguage: function () { return this.data.language === "vi" ? "en" : "vi"; },

    noDataEntry: function () {
      const state = this.data.states.no_data;
      return [swatch("area", { fill: this.data.noData.fill, hatch: this.data.noData.ink }), state.label, state.other];
    },

    stateEntries: function (words) {
      return STATE_ORDER.map((state) => {
        const style = this.data.states[state];
        const icon = swatch(style.shape, { fill: style.fill, stroke: state === "no_data" ? this.data.noData.ink : undefined });
        return words ? [icon, ...this.inBoth(words[state])] : [icon, style.label, style.other];
      });
    },

    drawLegend: function () {
      const { shown } = this.state;
      const groups = [this.baseLegend()];
      if (shown.villages) groups.push(this.legendGroup(this.words.villages, this.otherTitle("villages"), this.stateEntries(), this.villageNote()));
      if (shown.fibre) groups.push(this.fibreLegend());
      if (shown.gaps) groups.push(this.gapLegend());
      if (shown.sites && this.data.sites) groups.push(this.siteLegend());
      const others = [];
      if (shown.places) others.push([swatch("triangle", { fill: "#ffffff", width: 1.4 }), ...this.inBoth("places")]);
      if (shown.fibre_nodes && this.data.fibreNodes) others.push([swatch("diamond", { fill: "#00796b" }), ...this.inBoth("fibre_nodes")]);
      if (shown.roads) others.push([swatch("line", { stroke: "#5b4a32", width: 2 }), ...this.inBoth("roads")]);
      if (others.length) groups.push(element("section", {}, this.legendList(others)));
      const filled = groups.filter(Boolean);
      this.legend.replaceChildren(...filled);
      this.legendBox.hidden = !filled.length;
    },

    villageNote: function () {
      const count = this.data.villages.withoutPoint;
      return count ? this.words.without_point.replace("{count}", this.number(count)) : null;
    },

    baseLegend: function () {
      if (this.state.base === "coverage") {
        const { covered, not_covered: lacking } = this.data.states;
        return this.legendGroup(this.words.base_coverage, this.otherTitle("base_coverage"), [
          [swatch("area", { fill: covered.fill }), ...this.data.signal.with],
          [swatch("area", { fill: lacking.fill }), ...this.data.signal.without], this.noDataEntry()]);
      }
      const figure = this.figure();
      if (this.state.base !== "figure" || !figure) return null;
      const title = figure.label + (figure.perTechnology ? " · " + this.state.technology : "");
      const entries = figure.classes.map((text, index) => [swatch("area", { fill: figure.colours[index] }), text]);
      return this.legendGroup(title, figure.other, entries.reverse().concat([this.noDataEntry()]));
    },

    fibreLegend: function () {
      return this.legendGroup(...this.inBoth("fibre"), this.stateEntries({
        covered: "fibre_available", partly_covered: "fibre_partly", not_covered: "fibre_none", no_data: "no_data",
      }));
    },

    gapLegend: function () {
      const gaps = this.data.gaps[this.state.technology] || { rows: [], total: 0 };
      const note = this.words.drawn_of.replace("{shown}", this.number(gaps.rows.length)).replace("{total}", this.number(gaps.total));
      return this.legendGroup(this.words.gaps, this.otherTitle("gaps"),
        [[swatch("area", { fill: "#e3b5a4", stroke: "#7a1f02", width: 1.4 }), ...this.inBoth("gap")]], note);
    },

    siteLegend: function () {
      const { operators, rows, total } = this.data.sites;
      const note = rows.length < total
        ? this.words.drawn_of.replace("{shown}", this.number(rows.length)).replace("{total}", this.number(total)) : null;
      return this.legendGroup(...this.inBoth("sites"), operators.map(([name, colour]) => [swatch("triangle", { fill: colour }), name]), note);
    },

    drawFrame: function () {
      const { map, data } = this;
      L.control.zoom({ position: "bottomright", zoomInTitle: this.words.zoom_in, zoomOutTitle: this.words.zoom_out }).addTo(map);
      this.control("bottomright", "home", (box) => box.append(element("button", {
        type: "button", title: this.words.whole_province, "aria-label": this.words.whole_province,
        onclick: () => this.showWhole() }, "⤢")));
      this.control("bottomleft", "sources", (box) => {
        if (data.illustrative) {
          box.append(element("p", { class: "illustrative" }, element("strong", { text: data.illustrative[0] }),
            element("span", { lang: this.otherLanguage(), text: " / " + data.illustrative[1] })));
        }
        data.sources.forEach((text) => box.append(element("p", { text })));
      });
      L.control.scale({ position: "bottomleft", imperial: false, maxWidth: 140 }).addTo(map);
    },

    /* On a wide page the boxes at both sides stay beside the province, not over it. */
    showWhole: function () {
      const side = this.map.getSize().x >= NARROW_PX ? 260 : 8;
      this.map.fitBounds(this.data.bounds, { paddingTopLeft: [side, 12], paddingBottomRight: [side, 12] });
    },

    /* At a mast itself there is no path to explain. */
    offerExplanation: function (popup) {
      const body = popup.getElement().querySelector(".map-popup");
      if (!body || body.querySelector(".explain") || (popup._source && popup._source.isMast)) return;
      const { lat, lng } = popup.getLatLng();
      const href = this.data.links.explain.replace("{lon}", lng.toFixed(6)).replace("{lat}", lat.toFixed(6));
      body.append(element("p", { class: "explain" }, element("a", { href, text: this.words.explain })));
    },

    open: function () {
      this.showWhole();
      this.drawCommunes();
      this.drawVillages();
      this.drawFibre();
      this.drawRoads();
      this.drawPlaces();
      this.drawSites();
      this.drawFibreNodes();
      this.drawFrame();
      this.drawChooser();
      this.drawLegendBox();
      this.refresh();
      this.map.on("zoomend", () => {
        this.refreshNames();
        this.styleVillages();
        if (this.state.shown.villages) this.renderer._redraw && this.villageMarkers.forEach((marker) => marker.redraw());
      });
      if (this.data.links.explain) this.map.on("popupopen", (event) => this.offerExplanation(event.popup));
      document.documentElement.dataset.mapReady = "yes";
    },
  };

  global.phusongMap = {
    start: function (map, pictures) {
      const data = JSON.parse(document.getElementById("phusong-map-data").textContent);
      new Page(map, data, pictures).open();
    },
  };
})(window);
