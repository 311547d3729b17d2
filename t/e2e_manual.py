# SPDX-License-Identifier: MIT
"""e2e_manual: the manuals say what the programs say of themselves"""

import re
import shutil

import harness

RUN_SAN = False


@harness.skip_if(shutil.which("mandoc") is None, "mandoc is not installed")
class Manual(harness.Case):
    def manual(self, name):
        """The text of a page, words no longer split over lines."""
        page = harness.TOP / "src" / "prog" / name
        text = harness.run(["mandoc", "-T", "ascii", "-O", "width=500", page])
        return re.sub(r".\x08", "", text.stdout.decode())

    def tagged(self, text, word):
        """How often an option or variable heads an entry, or is in a list."""
        return len(re.findall(r"(?<![\w-])%s(?![\w*-])" % re.escape(word),
                              text))

    def test_every_option_and_variable_is_in_the_manual(self):
        text = self.manual("mailpit.8")
        table = (harness.TOP / "src" / "conf" / "table.c").read_text()
        options = re.findall(r'[A-Z]\("([a-z0-9-]+)"', table)
        variables = re.findall(r'"(MP_[A-Z0-9_]+)"', table)
        families = re.findall(r'"(MP_[A-Z0-9_]+\*)"', table)
        self.assertGreater(len(options), 80)
        self.assertGreater(len(variables), 80)
        missing = [w for w in ["--" + o for o in options] + variables
                   if not self.tagged(text, w)]
        missing += [f for f in families if f not in text]
        self.assertEqual(missing, [])

    def test_the_manual_names_nothing_else(self):
        text = self.manual("mailpit.8")
        table = (harness.TOP / "src" / "conf" / "table.c").read_text()
        readyz = (harness.TOP / "src" / "prog" / "readyz.c").read_text()
        known = {"--" + o for o in re.findall(
            r'"([a-z0-9-]+)"', table + readyz)} | {"--option"}
        self.assertEqual(set(re.findall(r"(?<!\w)--[a-z0-9-]+", text)) - known,
                         set())
        known = set(re.findall(r'"(MP_[A-Z0-9_]*)', table)) | {"MP_"}
        self.assertEqual(set(re.findall(r"MP_[A-Z0-9_]*", text)) - known,
                         set())

    def helped(self):
        """What --help explains: long option to letter and explanation."""
        text = self.mailpit("--help").stdout
        found = {option: (letter, why) for letter, option, why in re.findall(
            r"(?m)^  (?:(-\w), )?(--[a-z-]+)\b.*\n\t(.*)$", text)}
        self.assertGreater(len(found), 30, text)
        return found

    def test_each_option_that_works_is_explained_once(self):
        text = self.manual("mailpit.8")
        for option, (letter, _) in self.helped().items():
            with self.subTest(option):
                entry = r"(?m)^ +%s%s(?: \w+)?(?: \(MP_\w+\))?$" % (
                    letter and letter + ", ", re.escape(option))
                self.assertEqual(len(re.findall(entry, text)), 1)

    def test_defaults_are_those_of_help(self):
        text = self.manual("mailpit.8")
        seen = 0
        for option, (_, why) in self.helped().items():
            default = re.search(r" \((\d+)\)$", why)
            if not default:
                continue
            seen += 1
            with self.subTest(option):
                entry = re.search(r"(?m)^ +(?:-\w, )?%s n \(.*\)\n((?: .*\n)+)"
                                  % re.escape(option), text).group(1)
                self.assertRegex(entry, r"default.* is %s\." % default.group(1))
        self.assertGreater(seen, 8)

    def test_the_manual_of_the_sender_has_its_options(self):
        text = self.manual("mailpit-sendmail.8")
        source = (harness.TOP / "src" / "prog" /
                  "sendmail_options.c").read_text()
        letters = re.search(r'letters\[\] =\s+":([^"]+)"', source).group(1)
        for letter in set(letters) - {":"}:
            with self.subTest(letter):
                self.assertRegex(text, r"(?<![\w-])-%s\b|[-,] ?%s," % (
                    letter, letter) if letter not in "bdoQqi" else
                    r"(?<![\w-])-%s" % letter)
        for word in re.findall(r'^    \{"([a-z-]+)"', source, re.MULTILINE):
            self.assertTrue(self.tagged(text, "--" + word), word)
        for word in re.findall(r'"(MP_\w+)"', source):
            self.assertTrue(self.tagged(text, word), word)


if __name__ == "__main__":
    harness.main()
