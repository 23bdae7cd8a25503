# Trivium: `make demo` shows it at work, `make check` tests it. See README.
#
# One makefile, not recursive. Objects go to .build/NAME, where NAME says which sanitizers are in.

SHELL = /bin/sh
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc/trivium
UNITDIR ?= $(PREFIX)/lib
MANDIR ?= $(PREFIX)/share/man
DESTDIR ?=
SAN ?=
WERROR ?=

empty :=
comma := ,
B := .build/$(if $(SAN),$(subst $(comma),-,$(SAN)),plain)

PROGRAMS = trivium-milter triviumd triviumctl trivium-sdpsim
# trivium-media is triviumd's own, and not for people.
HELPER = trivium-media
BINARIES = $(PROGRAMS:%=$(B)/%) $(B)/$(HELPER)

.DEFAULT_GOAL := all
.PHONY: all check asan bench soak demo install uninstall clean lint fuzz fuzz-run

# The libraries' flags. Making this file installs what the build needs, so every target below finds
# a machine that is ready, and a bare one is made ready without a question.
ifneq ($(MAKECMDGOALS),clean)
-include .build/flags.mk
endif
.build/flags.mk: etc/packages.debian t/packages.sh
	@mkdir -p .build
	@t/packages.sh build
	@{ echo "LIB_CFLAGS := $$(pkg-config --cflags gmime-3.0 libxml-2.0 libcurl libmicrohttpd libconfuse jansson libcrypto gdlib)"; \
	   echo "GMIME_LIBS := $$(pkg-config --libs gmime-3.0)"; \
	   echo "XML_LIBS := $$(pkg-config --libs libxml-2.0)"; \
	   echo "CURL_LIBS := $$(pkg-config --libs libcurl)"; \
	   echo "HTTPD_LIBS := $$(pkg-config --libs libmicrohttpd)"; \
	   echo "CONF_LIBS := $$(pkg-config --libs libconfuse)"; \
	   echo "GD_LIBS := $$(pkg-config --libs gdlib)"; \
	   echo "JSON_LIBS := $$(pkg-config --libs jansson)"; \
	   echo "CRYPTO_LIBS := $$(pkg-config --libs libcrypto)"; \
	   echo "CLAMAV_LIBS := $$(pkg-config --libs libclamav)"; } > $@.new
	@mv $@.new $@

WARNINGS = -Wall -Wextra -Wshadow -Wvla -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes \
	-Wswitch-enum -Wwrite-strings -Wundef
CFLAGS ?= -O2 -g
ALL_CFLAGS = -std=gnu17 -D_GNU_SOURCE -I. -I$(B)/made $(WARNINGS) $(if $(WERROR),-Werror) \
	$(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer,-D_FORTIFY_SOURCE=2) \
	-fstack-protector-strong -fPIE -pthread -DSYSCONFDIR='"$(SYSCONFDIR)"' $(LIB_CFLAGS) $(CFLAGS)
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now -pthread $(if $(SAN),-fsanitize=$(SAN)) $(LDFLAGS)

# An archive a folder, so that each program takes the rooms it uses and no others.
base    := $(wildcard bridge/base/*.c)
message := $(wildcard bridge/message/*.c)
store   := $(wildcard bridge/store/*.c)
flow    := $(wildcard bridge/flow/*.c)
ctl     := $(wildcard bridge/ctl/*.c)
sim     := $(wildcard sdp/sim_*.c)
sdp     := $(filter-out sdp/trivium-sdpsim.c $(sim),$(wildcard sdp/*.c))
im      := $(wildcard im/*.c)
milter  := $(filter-out milter/trivium-milter.c,$(wildcard milter/*.c))
rooms    = base message store flow ctl sim sdp im milter
objects  = $(patsubst %.c,$(B)/%.o,$(1))
ARCHIVES = $(foreach r,$(rooms),$(if $($(r)),$(B)/$(r).a))
archive  = $(foreach r,$(1),$(if $($(r)),$(B)/$(r).a))
BRIDGE   = $(call archive,flow store message base)
$(foreach r,$(rooms),$(eval $(B)/$(r).a: $$(call objects,$($(r)))))

LIBS = $(GMIME_LIBS) $(XML_LIBS) $(CURL_LIBS) $(HTTPD_LIBS) $(CONF_LIBS) $(JSON_LIBS) \
	$(CRYPTO_LIBS) $(CLAMAV_LIBS) -ldb
LINK = $(call say,LD)$(CC) $(ALL_LDFLAGS) -Wl,--as-needed -o $@ $(filter %.o,$^) -Wl,--start-group \
	$(filter %.a,$^) -Wl,--end-group

all: $(BINARIES)

$(B)/trivium-milter: $(B)/milter/trivium-milter.o $(call archive,milter) $(BRIDGE)
	$(LINK) -lmilter $(LIBS)
$(B)/triviumd: $(B)/bridge/triviumd.o $(B)/bridge/triviumd_conf.o $(B)/bridge/triviumd_transports.o $(call archive,sdp im) $(BRIDGE)
	$(LINK) $(LIBS)
$(B)/triviumctl: $(B)/bridge/triviumctl.o $(call archive,ctl sdp im) $(BRIDGE)
	$(LINK) $(LIBS)
$(B)/trivium-sdpsim: $(B)/sdp/trivium-sdpsim.o $(call archive,sim) $(BRIDGE)
	$(LINK) $(LIBS)

$(B)/$(HELPER): $(B)/bridge/trivium-media.o $(call archive,message base)
	$(LINK) $(GD_LIBS) $(LIBS)

# `make V=1` shows the whole commands.
say = $(if $(V),,@echo "  $(1)	$@";)

$(B)/%.a:
	@rm -f $@
	$(call say,AR)ar rcs $@ $^

$(B)/%.o: %.c .build/flags.mk
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# Text that is shipped in etc/ and also built in: one fact, one file. Each line becomes a C string.
# The simulator's page is written as a page, and built in the same way.
$(B)/made/%.inc: etc/%
	@mkdir -p $(@D)
	sed 's/\\/\\\\/g; s/"/\\"/g; s/.*/"&\\n"/' $< > $@
$(B)/made/%.inc: sdp/%
	@mkdir -p $(@D)
	sed 's/\\/\\\\/g; s/"/\\"/g; s/.*/"&\\n"/' $< > $@
$(B)/made/%.inc: bridge/flow/%
	@mkdir -p $(@D)
	sed 's/\\/\\\\/g; s/"/\\"/g; s/.*/"&\\n"/' $< > $@
$(B)/sdp/sim_page.o: $(B)/made/sim_page.html.inc
$(B)/sdp/fault.o: $(B)/made/parlayx.errors.inc
$(B)/bridge/flow/admin_page.o: $(B)/made/admin_page.html.inc

# Tests: programs t/u-*.c and scripts t/NN-*.t, run by prove.
UNITS = $(patsubst t/%.c,$(B)/t/%,$(wildcard t/u-*.c))
HELPERS = $(patsubst t/%.c,$(B)/t/%,$(filter-out t/u-%.c t/fuzz-%.c,$(wildcard t/*.c)))
$(UNITS) $(HELPERS): $(B)/t/%: $(B)/t/%.o $(call archive,milter sdp im sim) $(BRIDGE)
	$(LINK) -lmilter $(LIBS)
.SECONDARY: $(patsubst %.c,$(B)/%.o,$(wildcard t/*.c))

# A test that fails is shown with what it has to say. Most of them wait most of the time, so several run
# at once; each has folders and ports of its own.
JOBS ?= 3
TESTS ?= $(sort $(wildcard t/[0-8]*-*.t))
PROVE = prove -j $(JOBS) --timer --merge --failures --comments $(PROVEFLAGS)
.build/packages-%: etc/packages.debian
	@t/packages.sh $*
	@touch $@
check: .build/packages-demo .build/packages-check all $(UNITS) $(HELPERS)
	B=$(B) $(PROVE) $(UNITS) $(TESTS)

asan:
	$(MAKE) check SAN=address,undefined

soak: .build/packages-demo .build/packages-check all $(UNITS) $(HELPERS)
	B=$(B) $(PROVE) $(sort $(wildcard t/9*-*.t))

# Targets of libFuzzer (t/fuzz-*.c), which only clang has; each runs FUZZ_SECONDS from what it found
# before. FUZZ="msg addr" runs some. An input that fails is left in .build/fuzz/corpus-NAME.
FUZZ_SECONDS ?= 30
FUZZ ?= $(patsubst t/fuzz-%.c,%,$(wildcard t/fuzz-*.c))
FUZZERS = $(FUZZ:%=$(B)/t/fuzz-%)
fuzz: .build/packages-fuzz
	$(MAKE) fuzz-run CC=clang B=.build/fuzz SAN=fuzzer-no-link,address,undefined
fuzz-run: $(FUZZERS)
	@for name in $(FUZZ); do \
		corpus=$(B)/corpus-$$name; mkdir -p $$corpus; \
		SEEDS=$$corpus $(B)/t/fuzz-$$name -max_total_time=$(FUZZ_SECONDS) -timeout=10 -max_len=8192 \
			-print_final_stats=1 -artifact_prefix=$$corpus/failed- $$corpus >$$corpus.log 2>&1 || \
			{ grep -v '^#' $$corpus.log | tail -n 60; echo "fuzz-$$name failed"; exit 1; }; \
		echo "fuzz-$$name: $$(sed -n 's/stat::number_of_executed_units: *//p' $$corpus.log) inputs," \
			"$(FUZZ_SECONDS) seconds, none failed"; \
	done
$(FUZZERS): $(B)/t/%: $(B)/t/%.o $(call archive,milter sdp im) $(BRIDGE)
	$(LINK) -fsanitize=fuzzer -lmilter $(LIBS)

demo: .build/packages-demo all
	@B=$(B) t/demo.sh $(DEMO)

bench: .build/packages-demo .build/packages-check all $(HELPERS)
	@$(B)/t/bench-flatten
	@B=$(B) t/bench.py

# What is shipped, and where it goes. A configuration is an administrator's: what is there already
# stays, and ours is put beside it as NAME.sample.
DOCDIR ?= $(PREFIX)/share/doc/trivium
BASHDIR = $(PREFIX)/share/bash-completion/completions
INSTALL = install
man8 = man/trivium-milter.8 man/trivium-sdpsim.8 man/triviumctl.8 man/triviumd.8
man5 = man/trivium-tables.5 man/trivium.conf.5
samples = etc/trivium.conf etc/routes etc/parlayx.errors
units = etc/systemd/triviumd.service etc/systemd/trivium-milter.service
D = $(DESTDIR)

install: all
	$(INSTALL) -d $(D)$(PREFIX)/libexec/trivium $(D)$(PREFIX)/sbin $(D)$(PREFIX)/bin $(D)$(MANDIR)/man5 $(D)$(MANDIR)/man8 \
		$(D)$(BASHDIR) $(D)$(SYSCONFDIR) $(D)$(DOCDIR)/postfix $(D)$(DOCDIR)/sendmail \
		$(D)$(UNITDIR)/systemd/system $(D)$(UNITDIR)/sysusers.d $(D)$(UNITDIR)/tmpfiles.d
	$(INSTALL) -m 755 $(B)/trivium-milter $(B)/triviumd $(D)$(PREFIX)/sbin
	$(INSTALL) -m 755 $(B)/triviumctl $(B)/trivium-sdpsim $(D)$(PREFIX)/bin
	$(INSTALL) -m 755 $(B)/$(HELPER) $(D)$(PREFIX)/libexec/trivium
	$(INSTALL) -m 644 $(man8) $(D)$(MANDIR)/man8
	$(INSTALL) -m 644 $(man5) $(D)$(MANDIR)/man5
	$(INSTALL) -m 644 README $(D)$(DOCDIR)
	$(INSTALL) -m 644 etc/bash-completion/triviumctl $(D)$(BASHDIR)
	$(INSTALL) -m 644 etc/postfix/main.cf etc/postfix/master.cf $(D)$(DOCDIR)/postfix
	$(INSTALL) -m 644 etc/sendmail/trivium.mc $(D)$(DOCDIR)/sendmail
	@for f in $(samples); do \
		to=$(D)$(SYSCONFDIR)/$${f##*/}; \
		sed 's|/etc/trivium/|$(SYSCONFDIR)/|g' $$f >$$to.sample && chmod 644 $$to.sample || exit 1; \
		if [ -e $$to ]; then echo "kept $$to; ours is $$to.sample"; else cp -p $$to.sample $$to; fi; \
	done
	@for f in $(units); do \
		to=$(D)$(UNITDIR)/systemd/system/$${f##*/}; \
		sed 's|@PREFIX@|$(PREFIX)|g' $$f >$$to && chmod 644 $$to || exit 1; \
	done
	$(INSTALL) -m 644 etc/systemd/trivium.sysusers $(D)$(UNITDIR)/sysusers.d/trivium.conf
	$(INSTALL) -m 644 etc/systemd/trivium.tmpfiles $(D)$(UNITDIR)/tmpfiles.d/trivium.conf

# The configuration, the tables and the queue stay.
uninstall:
	rm -f $(D)$(PREFIX)/sbin/trivium-milter $(D)$(PREFIX)/sbin/triviumd \
		$(D)$(PREFIX)/bin/triviumctl $(D)$(PREFIX)/bin/trivium-sdpsim \
		$(man8:man/%=$(D)$(MANDIR)/man8/%) $(man5:man/%=$(D)$(MANDIR)/man5/%) \
		$(samples:etc/%=$(D)$(SYSCONFDIR)/%.sample) \
		$(units:etc/systemd/%=$(D)$(UNITDIR)/systemd/system/%) \
		$(D)$(UNITDIR)/sysusers.d/trivium.conf $(D)$(UNITDIR)/tmpfiles.d/trivium.conf \
		$(D)$(BASHDIR)/triviumctl
	rm -rf $(D)$(DOCDIR) $(D)$(PREFIX)/libexec/trivium

# What compilers do not see. clang-format only reports, since tables are laid out by hand;
# `make lint ANALYZE=1` adds gcc -fanalyzer, which takes minutes.
C_FILES = $(wildcard bridge/*.c bridge/*/*.c milter/*.c sdp/*.c im/*.c)
QUEUE_H = $(shell printf '\043include <sys/queue.h>\n' | $(CC) -E -M - | tr ' ' '\n' | grep queue.h)
lint: .build/packages-lint .build/packages-check all
	mandoc -T lint -W warning man/*.[1-9]
	cppcheck --quiet --std=c11 --enable=warning,performance,portability --library=gnu \
		--inline-suppr --error-exitcode=1 --include=$(QUEUE_H) -I. -I$(B)/made \
		-DSYSCONFDIR='"$(SYSCONFDIR)"' $(C_FILES)
	@clang-format --dry-run $(C_FILES) 2>&1 | \
		sed -n 's/^\([^ :]*\):.*\[-Wclang-format-violations\]$$/\1/p' | sort | uniq -c | \
		sed 's/$$/: lines that clang-format would write in another way/'
ifneq ($(ANALYZE),)
	$(MAKE) $(patsubst %.c,.build/analyze/%.o,$(C_FILES)) B=.build/analyze \
		CFLAGS='-O1 -g -fanalyzer' WERROR=$(WERROR)
endif

clean:
	rm -rf .build

-include $(shell find $(B) -name '*.d' 2>/dev/null)
