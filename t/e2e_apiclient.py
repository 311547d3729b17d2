# SPDX-License-Identifier: MIT
"""e2e_apiclient: a published client library of the API, every method of it"""

import json

import api
import harness

MODULES = harness.TOP / "build/npm/node_modules"
RUN_SAN = False


class Client(api.ApiCase):
    def go_through(self, site, *login):
        done = harness.run(
            ["node", harness.TOP / "t/apiclient.mjs", MODULES,
             site.url.rstrip("/"), *login], timeout=120, env=self.env())
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertGreater(len(lines), 25)
        harness.comment("%d of %d methods: %s" % (
            sum(not line["wrong"] for line in lines), len(lines),
            " ".join(line["name"] for line in lines if not line["wrong"])))
        self.assertEqual([line for line in lines if line["wrong"]], [])

    @harness.skip_if(not (MODULES / "mailpit-api").is_dir(),
                     "npm ci could not be done")
    def test_every_method(self):
        self.go_through(self.site())

    @harness.skip_if(not (MODULES / "mailpit-api").is_dir(),
                     "npm ci could not be done")
    def test_every_method_with_a_login_below_a_path(self):
        site = self.site(webroot="/mail/", MP_UI_AUTH="joe:secret")
        self.go_through(site, "joe", "secret")


if __name__ == "__main__":
    harness.main()
