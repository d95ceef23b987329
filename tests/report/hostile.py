"""Completions that want out of the page they are shown on."""

TEXTS = (
    "<script>document.title = 'owned'</script>",
    "</pre></article><img src=x onerror=\"document.title='owned'\">",
    '" onmouseover="document.title=\'owned\'" x="',
    "' autofocus onfocus='document.title=\"owned\"' x='",
    "<!-- <style>*{display:none}</style> -->",
    "</style></title><svg onload=document.title='owned'>",
    "<meta http-equiv=refresh content='0;url=https://example.org'>",
    "&lt;script&gt; &amp;#60;b&amp;#62; &#x3c;b&#x3e;",
    "right \u202eto\u202c left, a bell \x07, \x00 and \ud800",
    "<base href='https://example.org/'><a href='javascript:alert(1)'>click</a>",
    "<iframe srcdoc='<script>1</script>'></iframe>",
    "]]><![CDATA[<b>",
)
