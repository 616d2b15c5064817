"""Text that has broken drawings and pages before. A page may show it, and it must have no other effect."""

__all__ = ["ANYTHING", "NASTY"]

NASTY = (
    "</script><img src=x onerror=alert(1)>",
    "<b>bold</b>",
    "<<b>html label</b>>",
    "<TABLE><TR><TD HREF='javascript:alert(1)'>x</TD></TR></TABLE>",
    "</text></svg><script>alert(1)</script>",
    "<!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>",
    "]]><![CDATA[<script>alert(1)</script>",
    "--><script>alert(1)</script><!--",
    "\\",
    "ends with a backslash\\",
    "\\N \\G \\T \\H \\E \\L",
    "left\\l right\\r both\\n",
    "\"quotes\" and 'apostrophes'",
    '"]; evil [label="x" URL="javascript:alert(1)',
    "a:b:c",
    "n1 -> n2; } subgraph cluster_x { n9",
    "\x1b[31mescape\x07",
    "\u202egnp.exe\u2066 direction \u200f",
    "مرحبا بالعالم",
    "x" * 10_000,
    "javascript:alert(1)",
    "&lt;already&gt; &amp; escaped &#x3c;b&#x3e;",
    "👩‍🚀 🚀 日本語テキスト",
    "lone \ud800 surrogate",
    "line\nbreak\r\n\ttab",
    "\ufffe\uffff\ufdd0 noncharacters",
    "${alert(1)} {{ 7*7 }} {% load x %}",
    "end",
    "click n1 href 'javascript:alert(1)'",
    " ",
    "",
)

ANYTHING = (*NASTY, "NUL\x00inside")
"""Also texts that no definition accepts, for functions that get text before a definition checks it."""
