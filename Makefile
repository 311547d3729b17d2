# mailpit: a mail catcher made of Unix parts. `make help` lists the targets.
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

VERSION := 0.1.0
PREFIX  ?= /usr/local
DESTDIR ?=
BINDIR  := $(PREFIX)/bin
LIBEXEC := $(PREFIX)/libexec/mailpit
MANDIR  := $(PREFIX)/share/man
DOCDIR  := $(PREFIX)/share/doc/mailpit
EXAMPLES := $(DOCDIR)/examples

# Where systemd looks; the units read /etc/mailpit/mailpit.env.
UNITDIR     ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
TMPFILESDIR ?= $(PREFIX)/lib/tmpfiles.d
SYSCONFDIR  ?= /etc
CC      := $(if $(filter default,$(origin CC)),gcc,$(CC))

# SAN=1 builds everything a second time, with sanitizers, in its own folder.
# V=1 shows the commands.
SAN     ?=
V       ?=
Q       := $(if $(V),,@)
comma   := ,
BUILD   ?= build$(if $(SAN),/san)
O       := $(BUILD)/obj

WARN := -Wall -Wextra -Werror -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wwrite-strings \
	-Wundef -Wvla -Wformat=2 -Wimplicit-fallthrough -Wdate-time
HARD := -O2 -D_FORTIFY_SOURCE=3 -fstack-protector-strong \
	-fstack-clash-protection $(if $(filter x86_64,$(shell uname -m)),-fcf-protection)
P_CFLAGS := -std=c11 -D_GNU_SOURCE -Isrc -g -fPIE -fno-plt $(WARN) \
	-DMAILPIT_VERSION='"$(VERSION)"' \
	$(if $(SAN),-O1 -fsanitize=address$(comma)undefined \
	-fno-sanitize-recover=all -fno-omit-frame-pointer,$(HARD))
P_LDFLAGS := -pie -Wl,--as-needed -Wl,-z,relro,-z,now,-z,noexecstack \
	$(if $(SAN),-fsanitize=address$(comma)undefined)

# One archive for all layers; each program takes from it what it uses.
LIB_SRC  := $(sort $(wildcard src/base/*.c src/mail/*.c src/net/*.c \
	src/smtp/*.c src/mime/*.c src/index/*.c src/web/*.c src/conf/*.c))
PROG_SRC := $(sort $(wildcard src/prog/*.c))

# Programs of their own, each of src/prog/NAME.c and src/prog/NAME_*.c.
SENDER   := $(filter src/prog/sendmail%,$(PROG_SRC))
CGI      := $(filter src/prog/cgi%,$(PROG_SRC))
INDEXER  := $(filter src/prog/index%,$(PROG_SRC))
THUMB    := $(filter src/prog/thumb%,$(PROG_SRC))
OWN      := $(SENDER) $(CGI) $(INDEXER) $(THUMB)
# Beside these, what another program has too.
CGI      += src/prog/index_conf.c src/prog/sibling.c
TEST_SRC := $(sort $(wildcard t/test_*.c))
LIB      := $(BUILD)/libmailpit.a

# What each program links beside the archive; what it does not use is dropped.
LIBS_mailpit          := -lgnutls -lcrypt -lnettle -lpcre2-8 -lseccomp
LIBS_mailpit-sendmail := -lcurl
LIBS_web               = $(shell pkg-config --libs gmime-3.0 libxml-2.0) \
	-lsqlite3 -ljansson -lwslay
LIBS_thumb             = $(shell pkg-config --libs gdk-pixbuf-2.0)
LIBS_test              = $(LIBS_mailpit) $(LIBS_web) -lcriterion

# Headers that lie in folders of their own, asked for when the packages are
# there; -isystem because their warnings are not ours to mend.
NEEDS_FLAGS := src/mime/% src/prog/thumb%
FLAGS_OF     = $(patsubst -I%,-isystem%,$(filter -I%,$(if \
	$(filter $(NEEDS_FLAGS),$(1)),$(shell pkg-config --cflags gmime-3.0 \
	libxml-2.0 gdk-pixbuf-2.0))))

PROGS := $(BUILD)/mailpit $(BUILD)/mailpit-sendmail $(BUILD)/mailpit.cgi \
	$(BUILD)/mailpit-thumb $(BUILD)/mailpit-index
TESTS := $(TEST_SRC:t/%.c=$(BUILD)/t/%)
MANS  := $(sort $(wildcard src/*/*.[1-8]))
UNITS := $(sort $(wildcard units/*.socket units/*.service units/*.timer \
	units/*.path))

# All programs but the first lie out of the way.
HELPERS = $(filter-out %/mailpit,$(PROGS))

# What names a program, with the place where it is installed: from, to
PLACES = sed -e 's|@BINDIR@|$(BINDIR)|g' -e 's|@LIBEXEC@|$(LIBEXEC)|g'
PLACED = $(PLACES) $(1) >$(2) && chmod 644 $(2)

all: $(PROGS)

# The packages are asked for once per checkout, before the first compilation.
build/.need-%: scripts/need
	@mkdir -p $(@D)
	scripts/need $*
	@touch $@

$(O)/%.o: %.c | build/.need-build
	@mkdir -p $(@D)
	@echo "  CC $@"
	$(Q)$(CC) $(P_CFLAGS) $(call FLAGS_OF,$<) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(O)/t/%.o: | build/.need-check

# The pages' own files, as a table in C.
ASSETS := $(sort $(wildcard src/web/assets/*))

$(O)/assets.c: scripts/embed $(ASSETS)
	@mkdir -p $(@D)
	$(Q)scripts/embed $(ASSETS) >$@

$(O)/assets.o: $(O)/assets.c src/web/asset.h
	@echo "  CC $@"
	$(Q)$(CC) $(P_CFLAGS) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(LIB): $(LIB_SRC:%.c=$(O)/%.o) $(O)/assets.o
	@rm -f $@
	$(Q)ar rcs $@ $^

$(BUILD)/mailpit: $(filter-out $(OWN:%.c=$(O)/%.o),$(PROG_SRC:%.c=$(O)/%.o)) $(LIB)
	@echo "  LD $@"
	$(Q)$(CC) $(P_LDFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS_mailpit)

$(BUILD)/mailpit-sendmail: $(SENDER:%.c=$(O)/%.o) $(LIB)
	@echo "  LD $@"
	$(Q)$(CC) $(P_LDFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS_mailpit-sendmail)

$(BUILD)/mailpit.cgi: $(CGI:%.c=$(O)/%.o) $(LIB)
	@echo "  LD $@"
	$(Q)$(CC) $(P_LDFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS_mailpit) $(LIBS_web)

$(BUILD)/mailpit-index: $(INDEXER:%.c=$(O)/%.o) $(LIB)
	@echo "  LD $@"
	$(Q)$(CC) $(P_LDFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS_mailpit) $(LIBS_web)

$(BUILD)/mailpit-thumb: $(THUMB:%.c=$(O)/%.o) $(LIB)
	@echo "  LD $@"
	$(Q)$(CC) $(P_LDFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS_thumb) -lseccomp

$(BUILD)/t/%: $(O)/t/%.o $(O)/t/support.o $(LIB)
	@mkdir -p $(@D)
	@echo "  LD $@"
	$(Q)$(CC) $(P_LDFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS_test)

# What t/e2e_forbidden.py and t/e2e_cgi_confine.py load into what they test.
$(BUILD)/t/%.so: t/%.c | build/.need-check
	@mkdir -p $(@D)
	@echo "  LD $@"
	$(Q)$(CC) $(P_CFLAGS) -fPIC $(CPPFLAGS) $(CFLAGS) -shared -o $@ $<

$(BUILD)/bench-load: $(O)/scripts/bench-load.o $(LIB)
	@echo "  LD $@"
	$(Q)$(CC) $(P_LDFLAGS) $(LDFLAGS) -o $@ $^ -lgnutls

$(BUILD)/bench-maildir: $(O)/scripts/bench-maildir.o $(LIB)
	@echo "  LD $@"
	$(Q)$(CC) $(P_LDFLAGS) $(LDFLAGS) -o $@ $^

SOAK_SRC := $(addprefix scripts/,soak-load.c soak-sender.c \
	soak-message.c smtp-client.c)

$(BUILD)/soak-load: $(SOAK_SRC:%.c=$(O)/%.o) $(LIB)
	@echo "  LD $@"
	$(Q)$(CC) $(P_LDFLAGS) $(LDFLAGS) -o $@ $^ -lgnutls

$(BUILD)/dump-mime: $(O)/t/dump_mime.o $(LIB)
	@echo "  LD $@"
	$(Q)$(CC) $(P_LDFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS_mailpit) $(LIBS_web)

$(BUILD)/ask-index: $(O)/t/ask_index.o $(LIB)
	@echo "  LD $@"
	$(Q)$(CC) $(P_LDFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS_mailpit) $(LIBS_web)

# Fuzz targets: build/fuzz/NAME of t/fuzz_NAME.c, with seeds in t/seeds/NAME.
# Everything is compiled anew by clang, so that coverage is seen everywhere.
FUZZ_CFLAGS = -std=c11 -D_GNU_SOURCE -Isrc -g -O1 \
	-DMAILPIT_VERSION='"$(VERSION)"' -fno-omit-frame-pointer \
	-fsanitize=fuzzer-no-link$(comma)address$(comma)undefined \
	-fno-sanitize-recover=all

build/fuzz/obj/%.o: %.c | build/.need-check
	@mkdir -p $(@D)
	@echo "  CC $@"
	$(Q)clang $(FUZZ_CFLAGS) $(call FLAGS_OF,$<) -MMD -MP -c -o $@ $<

build/fuzz/libmailpit.a: $(LIB_SRC:%.c=build/fuzz/obj/%.o) $(O)/assets.o
	@rm -f $@
	$(Q)ar rcs $@ $^

build/fuzz/%: build/fuzz/obj/t/fuzz_%.o build/fuzz/libmailpit.a
	@echo "  LD $@"
	$(Q)clang -fsanitize=fuzzer$(comma)address$(comma)undefined -o $@ $^ \
		$(LIBS_mailpit) $(LIBS_web)

# Each target as many seconds as FUZZ_SECONDS says, two at a time.
fuzz: FUZZ_SECONDS ?= 600
fuzz: build/.need-check
	FUZZ_SECONDS=$(FUZZ_SECONDS) python3 t/e2e_fuzz.py

tests: $(TESTS) $(BUILD)/ask-index $(BUILD)/dump-mime

run: all
	$(BUILD)/mailpit $(ARGS)

check: build/.need-check
	t/run $(ONLY)

bench: all $(BUILD)/bench-load $(BUILD)/bench-maildir build/.need-bench
	scripts/bench $(ARGS)
	scripts/bench-index

# As many messages as SOAK says.
soak: SOAK ?= 200000
soak: all $(BUILD)/soak-load build/.need-check
	SOAK=$(SOAK) python3 t/e2e_soak.py

# In a bed of its own; ARGS are its options.
bench-units: all build/.need-check build/.need-bench
	scripts/bench-units $(ARGS)

lint: build/.need-lint
	scripts/lint

install: all
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBEXEC) $(DESTDIR)$(DOCDIR)
	install -m 755 $(BUILD)/mailpit $(DESTDIR)$(BINDIR)/mailpit
	install -m 755 $(HELPERS) $(DESTDIR)$(LIBEXEC)/
	install -m 644 maildir-layout/README.md $(DESTDIR)$(DOCDIR)/maildir-layout.md
	install -m 755 maildir-layout/check $(DESTDIR)$(LIBEXEC)/maildir-check
	set -e; for m in $(MANS); do d=$(DESTDIR)$(MANDIR)/man$${m##*.}; \
		install -d $$d; install -m 644 $$m $$d/; done
	$(MAKE) --no-print-directory install-units

# Nothing is enabled or started, and settings that are there stay.
install-units:
	install -d $(DESTDIR)$(UNITDIR) $(DESTDIR)$(SYSUSERSDIR) \
		$(DESTDIR)$(TMPFILESDIR) $(DESTDIR)$(SYSCONFDIR)/mailpit \
		$(DESTDIR)$(EXAMPLES)
	set -e; for u in $(notdir $(UNITS)); do \
		$(call PLACED,units/$$u,$(DESTDIR)$(UNITDIR)/$$u); done
	install -m 644 units/sysusers.d/mailpit.conf $(DESTDIR)$(SYSUSERSDIR)/
	install -m 644 units/tmpfiles.d/mailpit.conf $(DESTDIR)$(TMPFILESDIR)/
	[ -e $(DESTDIR)$(SYSCONFDIR)/mailpit/mailpit.env ] || \
		install -m 640 units/mailpit.env $(DESTDIR)$(SYSCONFDIR)/mailpit/
	[ -e $(DESTDIR)$(SYSCONFDIR)/mailpit/lighttpd.conf ] || \
		$(call PLACED,units/lighttpd.conf,$(DESTDIR)$(SYSCONFDIR)/mailpit/lighttpd.conf)
	install -m 644 maildir-layout/dovecot.conf $(DESTDIR)$(EXAMPLES)/
	$(call PLACED,units/xinetd.d/mailpit,$(DESTDIR)$(EXAMPLES)/xinetd.d-mailpit)
	$(call PLACED,units/inetd.conf.example,$(DESTDIR)$(EXAMPLES)/inetd.conf)
	$(call PLACED,units/cron.d/mailpit,$(DESTDIR)$(EXAMPLES)/cron.d-mailpit)

deb: all build/.need-deb
	@scripts/deb/build $(VERSION)

# Mail stays, and so do settings that were changed.
uninstall-units:
	rm -f $(UNITS:units/%=$(DESTDIR)$(UNITDIR)/%) \
		$(DESTDIR)$(SYSUSERSDIR)/mailpit.conf \
		$(DESTDIR)$(TMPFILESDIR)/mailpit.conf
	rm -rf $(DESTDIR)$(EXAMPLES)
	! cmp -s units/mailpit.env $(DESTDIR)$(SYSCONFDIR)/mailpit/mailpit.env || \
		rm -f $(DESTDIR)$(SYSCONFDIR)/mailpit/mailpit.env
	! $(PLACES) units/lighttpd.conf | \
		cmp -s - $(DESTDIR)$(SYSCONFDIR)/mailpit/lighttpd.conf || \
		rm -f $(DESTDIR)$(SYSCONFDIR)/mailpit/lighttpd.conf
	-rmdir $(DESTDIR)$(SYSCONFDIR)/mailpit 2>/dev/null

uninstall: uninstall-units
	rm -f $(DESTDIR)$(BINDIR)/mailpit $(DESTDIR)$(DOCDIR)/maildir-layout.md \
		$(DESTDIR)$(LIBEXEC)/maildir-check \
		$(HELPERS:$(BUILD)/%=$(DESTDIR)$(LIBEXEC)/%)
	for m in $(MANS); do rm -f $(DESTDIR)$(MANDIR)/man$${m##*.}/$${m##*/}; done
	-rmdir $(DESTDIR)$(LIBEXEC) $(DESTDIR)$(DOCDIR) 2>/dev/null

clean:
	rm -rf build

help:
	@echo 'make [all]    build build/mailpit (packages are installed if missing)'
	@echo 'make run      build and start it: SMTP 1025, pages 8025; ARGS="--verbose"'
	@echo 'make check    all tests; ONLY=unit, lint, e2e, or a test file'
	@echo 'make lint     format, layers, static analysis'
	@echo 'make bench    connections per second, and lists and searches, as ratios;'
	@echo '              BENCH_SIZES=1000,100000 without the million, ARGS=--quick'
	@echo 'make soak     200,000 messages in mixed forms, all compared; SOAK=N'
	@echo 'make fuzz     every fuzz target ten minutes; FUZZ_SECONDS=N'
	@echo 'make bench-units  what the options of mailpit@.service cost'
	@echo 'make deb      build/mailpit_$(VERSION)_ARCH.deb'
	@echo 'make install  PREFIX=$(PREFIX) DESTDIR='

.PHONY: all tests run check bench bench-units soak fuzz lint install install-units uninstall \
	uninstall-units deb clean help
.SECONDARY:

-include $(LIB_SRC:%.c=$(O)/%.d) $(PROG_SRC:%.c=$(O)/%.d) \
	$(TEST_SRC:%.c=$(O)/%.d) $(O)/t/support.d $(SOAK_SRC:%.c=$(O)/%.d) \
	$(LIB_SRC:%.c=build/fuzz/obj/%.d) $(wildcard build/fuzz/obj/t/*.d)
