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
	src/smtp/*.c src/conf/*.c))
PROG_SRC := $(sort $(wildcard src/prog/*.c))
SENDER   := $(filter src/prog/sendmail%,$(PROG_SRC))
TEST_SRC := $(sort $(wildcard t/test_*.c))
LIB      := $(BUILD)/libmailpit.a

# What each program links beside the archive; what it does not use is dropped.
LIBS_mailpit          := -lgnutls -lcrypt -lnettle -lpcre2-8 -lseccomp
LIBS_mailpit-sendmail := -lcurl
LIBS_test             := $(LIBS_mailpit) -lcriterion

PROGS := $(BUILD)/mailpit $(BUILD)/mailpit-sendmail
TESTS := $(TEST_SRC:t/%.c=$(BUILD)/t/%)
MANS  := $(sort $(wildcard src/*/*.[1-8]))
UNITS := $(sort $(wildcard units/*.socket units/*.service units/*.timer))

# What names the program, with the place where it is installed: from, to
PLACED = sed 's|@BINDIR@|$(BINDIR)|g' $(1) >$(2) && chmod 644 $(2)

all: $(PROGS)

# The packages are asked for once per checkout, before the first compilation.
build/.need-%: scripts/need
	@mkdir -p $(@D)
	scripts/need $*
	@touch $@

$(O)/%.o: %.c | build/.need-build
	@mkdir -p $(@D)
	@echo "  CC $@"
	$(Q)$(CC) $(P_CFLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(O)/t/%.o: | build/.need-check

$(LIB): $(LIB_SRC:%.c=$(O)/%.o)
	@rm -f $@
	$(Q)ar rcs $@ $^

# The sender is a program of its own: src/prog/sendmail.c and sendmail_*.c.
$(BUILD)/mailpit: $(filter-out $(SENDER:%.c=$(O)/%.o),$(PROG_SRC:%.c=$(O)/%.o)) $(LIB)
	@echo "  LD $@"
	$(Q)$(CC) $(P_LDFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS_mailpit)

$(BUILD)/mailpit-sendmail: $(SENDER:%.c=$(O)/%.o) $(LIB)
	@echo "  LD $@"
	$(Q)$(CC) $(P_LDFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS_mailpit-sendmail)

$(BUILD)/t/%: $(O)/t/%.o $(O)/t/support.o $(LIB)
	@mkdir -p $(@D)
	@echo "  LD $@"
	$(Q)$(CC) $(P_LDFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS_test)

# What t/e2e_forbidden.py loads into the program that is tested.
$(BUILD)/t/forbidden.so: t/forbidden.c | build/.need-check
	@mkdir -p $(@D)
	@echo "  LD $@"
	$(Q)$(CC) $(P_CFLAGS) -fPIC $(CPPFLAGS) $(CFLAGS) -shared -o $@ $<

$(BUILD)/bench-load: $(O)/scripts/bench-load.o $(LIB)
	@echo "  LD $@"
	$(Q)$(CC) $(P_LDFLAGS) $(LDFLAGS) -o $@ $^ -lgnutls

SOAK_SRC := $(addprefix scripts/,soak-load.c soak-sender.c \
	soak-message.c smtp-client.c)

$(BUILD)/soak-load: $(SOAK_SRC:%.c=$(O)/%.o) $(LIB)
	@echo "  LD $@"
	$(Q)$(CC) $(P_LDFLAGS) $(LDFLAGS) -o $@ $^ -lgnutls

tests: $(TESTS)

run: all
	$(BUILD)/mailpit $(ARGS)

check: build/.need-check
	t/run $(ONLY)

bench: all $(BUILD)/bench-load build/.need-bench
	scripts/bench $(ARGS)

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
	install -m 755 $(BUILD)/mailpit-sendmail $(DESTDIR)$(LIBEXEC)/mailpit-sendmail
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
	-rmdir $(DESTDIR)$(SYSCONFDIR)/mailpit 2>/dev/null

uninstall: uninstall-units
	rm -f $(DESTDIR)$(BINDIR)/mailpit $(DESTDIR)$(DOCDIR)/maildir-layout.md \
		$(DESTDIR)$(LIBEXEC)/mailpit-sendmail $(DESTDIR)$(LIBEXEC)/maildir-check
	for m in $(MANS); do rm -f $(DESTDIR)$(MANDIR)/man$${m##*.}/$${m##*/}; done
	-rmdir $(DESTDIR)$(LIBEXEC) $(DESTDIR)$(DOCDIR) 2>/dev/null

clean:
	rm -rf build

help:
	@echo 'make [all]    build build/mailpit (packages are installed if missing)'
	@echo 'make run      build and start it: SMTP on 1025; ARGS="--verbose"'
	@echo 'make check    all tests; ONLY=unit, lint, e2e, or a test file'
	@echo 'make lint     format, layers, static analysis'
	@echo 'make bench    connections per second, as ratios'
	@echo 'make soak     200,000 messages in mixed forms, all compared; SOAK=N'
	@echo 'make bench-units  what the options of mailpit@.service cost'
	@echo 'make deb      build/mailpit_$(VERSION)_ARCH.deb'
	@echo 'make install  PREFIX=$(PREFIX) DESTDIR='

.PHONY: all tests run check bench bench-units soak lint install install-units uninstall \
	uninstall-units deb clean help
.SECONDARY:

-include $(LIB_SRC:%.c=$(O)/%.d) $(PROG_SRC:%.c=$(O)/%.d) \
	$(TEST_SRC:%.c=$(O)/%.d) $(O)/t/support.d $(SOAK_SRC:%.c=$(O)/%.d)
