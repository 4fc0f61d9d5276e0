/** Markdown documents; each name says what is special about it when it arrives character by character. */

export const DOCUMENTS: Record<string, string> = {
  paragraphs: "One line.\nThe same paragraph.\n\nAnother one.\n\n\n\nA third.",
  "hard breaks": "one  \ntwo\\\nthree\n\nfour",
  headings: "# One\n\ntext\n\n## Two ##\ntext\n### Three",
  "a hash that is no heading": "foo\n#1 of 3\n# yes\n#",
  "underlined headings": "Title\n=====\n\nSub\ntitle\n---\ntext\n\n---\n",
  "stars that become bold": "foo\n***bold***\n\n* * *\nbar\n**",
  "a fence": "Before\n```python\ndef f():\n\n    return '*'\n```\nafter `x`\n~~~\nopen",
  "a fence that is a code span": "foo\n```x` y\n\n```x```\n",
  "indented code": "text\n\n    code\n\n    more\n\n\nend",
  "tight list": "- one\n- two\n  - nested\n  - too\n- three\n\ntext",
  "a list that becomes loose": "- one\n- two\n\n- three\n\n\n  still three\n\ntext\n- new",
  "ordered list": "3. three\n4. four\n\n   more\n5. five\ntext lazily\n\n1) other",
  "a number that is no list": "the year\n1984. It was.\n\n1984. It is.\n",
  "list markers": "* a\n+ b\n- c\n-\n--\n---\n",
  "list with code": "1. do\n\n   ```sh\n   ls -l\n\n   # no heading\n   ```\n\n2. done\n",
  quotes: "> one\n> two\nlazy\n\n> > deep\n> back\n\nout",
  "quoted list": "> - a\n> - b\n>\n>   c\n\n- > q\n  > r\n",
  table: "Intro\n\n| a | b |\n|:--|--:|\n| 1 | **2** |\n| `x` | \\| |\n\nafter",
  "a table right after a paragraph": "foo\na | b\n--|--\n1 | 2\n3\n\nbar\nc | d\n-|-x\n",
  emphasis: "*a* **b** ***c*** ~~d~~ _e_ __f__ snake_case 2*3*4 **open",
  links: '[a](https://a.example/x_y_z "t") <https://b.example> [c][d] [d] ![img](https://i.example/p.png)\n\n[d]: https://d.example\n',
  "a late definition": "See [later] and [also][later].\n\nMore.\n\n# End\n\n[later]: https://later.example 'T'\n",
  "a definition whose title never closes": "[t] here\n\n[t]: https://t.example\n'title\ngoes on\n\n# end\n[t]\n",
  "a definition whose title closes late": "[t] here\n\n[t]: https://t.example\n'title\ngoes on'\n\n# end\n[t]\n",
  "the first definition wins": "[x]\n\n[x]: https://one.example\n\n[x]: https://two.example\n\n[x]\n",
  "a definition in a quote": "[q]\n\n> [q]: https://q.example\n\n[q] [Q]\n\n- [l]\n\n[l]: https://l.example",
  "a label over two quoted lines": "> [two\n> words]\n\ntext\n\n[two words]: https://w.example\n",
  entities: "&amp; &lt;b&gt; &copy; &#x1F355; &nosuch; &amp;amp; \\& \\\\ \\*no\\*\n",
  "raw html": '<div onclick="x()">hi</div>\n\n<b>bold</b> <!-- c -->\n\n<script>alert(1)</script>\n',
  "line ends": "one\r\ntwo\r\n\r\n- a\r\n- b\r\rthree\rfour\n\n```\r\nx\r\n```\r\n",
  "other scripts": "日本語の**文章**です。\n\n🍕 e\u0301 👩‍👩‍👧 *ß*\n\n- العربية\n",
  tabs: "-\ta\n\n\tb\n\n\tcode?\n\n1.\tc\n\n\t\tcode\n",
  "blank only": "\n\n   \n\t\n",
  "brackets everywhere": "[ ] [x] [[a]] [a](b [c] (d\n\n[]: x\n\n[ ]: y\n\n![](x) ![a][b]\n\n[b]: /p\n",
  "a pizza answer":
    "Here is a plan:\n\n1. **Dough** — mix `500 g` flour.\n   - rest *8 h*\n2. **Sauce**\n\n| Step | Time |\n|---|---|\n| Oven | 10 min |\n\n```python\nprint('hot')\n```\n\n> Enjoy!\n\nSee [the book][1].\n\n[1]: https://book.example\n",
};

/** Documents that try to run, load or navigate. */
export const HOSTILE: Record<string, string> = {
  "javascript link": "[x](javascript:alert(1)) [y](JaVaScRiPt:alert(1)) [z](java&#115;cript:alert(1)) <javascript:alert(1)>",
  "javascript by reference": "[x]\n\n[x]: javascript:alert(1)\n",
  "data link": "[x](data:text/html;base64,PHNjcmlwdD4=) [v](vbscript:x) [f](file:///etc/passwd) [b](blob:https://a/b)",
  "path of the host": "[x](/api/shutdown) [y](//evil.example/x) [z](../lab) [w](?x=1)",
  "raw html": "<img src=x onerror=alert(1)> <svg/onload=alert(1)> <a href=javascript:alert(1)>x</a>",
  "raw html blocks":
    "<script>alert(1)</script>\n\n<style>*{display:none}</style>\n\n<iframe srcdoc='<script>1</script>'></iframe>\n\n<form action=/x><input name=a autofocus onfocus=alert(1)></form>\n",
  "image beacon":
    "![a](https://evil.example/p.png?s=1) ![b][r] [![c](https://evil.example/c.png)](https://ok.example)\n\n[r]: https://evil.example/r.png\n",
  "attributes by text": '[a](https://ok.example/"onmouseover="alert(1)) [b](https://ok.example \'"><img src=x onerror=alert(1)>\')',
  "fence info": '```"><img/src=x/onerror=alert(1)>\ncode</code></pre><script>alert(1)</script>\n```\n',
  "table style": "| a |\n|:-:|\n| <img src=x onerror=alert(1)> |\n",
};
