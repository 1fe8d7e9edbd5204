"""Pictures of the gallery."""

from __future__ import annotations


class DrawnAxes:
    """Finds the figure of the variable `ax`, where pyplot does not know it."""

    def __repr__(self):
        return "DrawnAxes()"

    def __call__(self, block, block_vars, gallery_conf):
        """Save it, once, and return what shows it."""
        from sphinx_gallery.scrapers import figure_rst

        ax = block_vars["example_globals"].get("ax")
        figure = getattr(ax, "figure", None)
        if figure is None or hasattr(figure, "number"):
            return ""
        path = next(block_vars["image_path_iterator"])
        figure.savefig(path, dpi=150)
        return figure_rst([path], gallery_conf["src_dir"])
