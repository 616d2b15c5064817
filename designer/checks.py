"""System check of the pages: their templates must be in the installed package or in a folder of the host."""

from django.core.checks import CheckMessage, Error, register
from django.template import TemplateDoesNotExist
from django.template.loader import get_template

__all__ = ["templates_are_found"]


@register("sagaflow")
def templates_are_found(**_: object) -> list[CheckMessage]:
    """sagaflow.E004: the templates are found. Without them every page is a server error."""
    try:
        get_template("designer/home.html")
    except TemplateDoesNotExist:
        return [
            Error(
                "The templates of the pages are not found.",
                hint=(
                    "Install Sagaflow as a package (an editable installation has no templates of its own), or add the "
                    "folder templates of its repository to DIRS of TEMPLATES; APP_DIRS has to be on."
                ),
                obj="TEMPLATES",
                id="sagaflow.E004",
            )
        ]
    return []
