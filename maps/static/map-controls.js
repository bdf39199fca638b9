/* The boxes on the map in which the reader chooses and searches, zoom, scale and sources; methods of the page in map.js. */
(function (global) {
  "use strict";

  const { element, plain, NARROW_PX } = global.phusongShapes;

  global.phusongControls = {
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

    /* On a phone one box is open at a time, and a touch of the map, or a popup, closes it. */
    closeOthers: function () {
      if (!this.isSmall) return;
      const boxes = [...this.map.getContainer().querySelectorAll(".map-box > details")];
      boxes.forEach((box) => box.addEventListener("toggle", () => {
        // On a phone held sideways it reaches over what stands in another corner.
        box.closest(".leaflet-top, .leaflet-bottom").classList.toggle("front", box.open);
        if (box.open) boxes.forEach((other) => { if (other !== box) other.open = false; });
      }));
      this.closeBoxes = () => boxes.forEach((box) => { box.open = false; });
      this.map.on("click", this.closeBoxes);
    },

    radio: function (name, value, text, checked, change) {
      return element("label", { class: "choice" },
        element("input", { type: "radio", name, value, checked, onchange: change }), element("span", { text }));
    },

    drawChooser: function () {
      const wide = this.map.getSize().x >= NARROW_PX;
      this.control("topleft", "finder", (box) => this.drawFinder(box));
      // On a phone held upright the boxes stand below each other: an open one hides neither the search nor another.
      this.control(wide ? "topright" : "topleft", "chooser", (box) => {
        const details = element("details", { open: !this.isSmall }, element("summary", { text: this.words.layers }));
        details.append(...[this.technologyChoice(), this.baseChoice(), this.layerChoice()].filter(Boolean));
        box.append(details);
      });
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
      const operators = this.levelOperatorChoice();
      const choose = (base) => () => {
        this.state.base = base;
        select.disabled = base !== "figure";
        if (operators) operators.disabled = base !== "levels";
        this.refresh();
      };
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
      if (operators) field.append(this.radio("base", "levels", this.words[this.levelWord()], false, choose("levels")), operators);
      field.append(this.radio("base", "none", this.words.base_none, this.state.base === "none", choose("none")));
      return field;
    },

    layerChoice: function () {
      const available = {
        villages: this.data.villages.rows.length, gaps: Object.keys(this.data.gaps).length, fibre: this.data.villages.hasFibre,
        roads: this.data.roads.length, places: this.data.places.rows.length, sites: this.data.sites, fibre_nodes: this.data.fibreNodes,
        relief: this.hasRelief(),
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
        const lines = data.sources.map((text) => element("p", { text }));
        if (!this.isSmall) box.append(...lines);
        else box.append(element("details", {}, element("summary", { text: this.words.sources }), lines));
      });
      L.control.scale({ position: "bottomleft", imperial: false, maxWidth: 140 }).addTo(map);
    },
  };
})(window);
