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
BINARIES = $(PROGRAMS:%=$(B)/%)

.DEFAULT_GOAL := all
.PHONY: all check asan bench soak demo install clean lint fuzz fuzz-run

# The libraries' flags. Making this file installs what the build needs, so every target below finds
# a machine that is ready, and a bare one is made ready without a question.
ifneq ($(MAKECMDGOALS),clean)
-include .build/flags.mk
endif
.build/flags.mk: etc/packages.debian t/packages.sh
	@mkdir -p .build
	@t/packages.sh build
	@{ echo "LIB_CFLAGS := $$(pkg-config --cflags gmime-3.0 libxml-2.0 libcurl libmicrohttpd libconfuse jansson libcrypto)"; \
	   echo "GMIME_LIBS := $$(pkg-config --libs gmime-3.0)"; \
	   echo "XML_LIBS := $$(pkg-config --libs libxml-2.0)"; \
	   echo "CURL_LIBS := $$(pkg-config --libs libcurl)"; \
	   echo "HTTPD_LIBS := $$(pkg-config --libs libmicrohttpd)"; \
	   echo "CONF_LIBS := $$(pkg-config --libs libconfuse)"; \
	   echo "JSON_LIBS := $$(pkg-config --libs jansson)"; \
	   echo "CRYPTO_LIBS := $$(pkg-config --libs libcrypto)"; } > $@.new
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
	$(CRYPTO_LIBS) -ldb
LINK = $(call say,LD)$(CC) $(ALL_LDFLAGS) -Wl,--as-needed -o $@ $(filter %.o,$^) -Wl,--start-group \
	$(filter %.a,$^) -Wl,--end-group

all: $(BINARIES)

$(B)/trivium-milter: $(B)/milter/trivium-milter.o $(call archive,milter) $(BRIDGE)
	$(LINK) -lmilter $(LIBS)
$(B)/triviumd: $(B)/bridge/triviumd.o $(call archive,sdp im) $(BRIDGE)
	$(LINK) $(LIBS)
$(B)/triviumctl: $(B)/bridge/triviumctl.o $(call archive,ctl sdp im) $(BRIDGE)
	$(LINK) $(LIBS)
$(B)/trivium-sdpsim: $(B)/sdp/trivium-sdpsim.o $(call archive,sim) $(BRIDGE)
	$(LINK) $(LIBS)

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
$(B)/sdp/sim_page.o: $(B)/made/sim_page.html.inc
$(B)/sdp/fault.o: $(B)/made/parlayx.errors.inc

# Tests: programs t/u-*.c and scripts t/NN-*.t, run by prove.
UNITS = $(patsubst t/%.c,$(B)/t/%,$(wildcard t/u-*.c))
HELPERS = $(patsubst t/%.c,$(B)/t/%,$(filter-out t/u-%.c t/fuzz-%.c,$(wildcard t/*.c)))
$(UNITS) $(HELPERS): $(B)/t/%: $(B)/t/%.o $(call archive,milter sdp im sim) $(BRIDGE)
	$(LINK) -lmilter $(LIBS)
.SECONDARY: $(patsubst %.c,$(B)/%.o,$(wildcard t/*.c))

TESTS ?= $(sort $(wildcard t/[0-8]*-*.t))
.build/packages-%: etc/packages.debian
	@t/packages.sh $*
	@touch $@
check: .build/packages-demo .build/packages-check all $(UNITS) $(HELPERS)
	B=$(B) prove --timer --merge $(PROVEFLAGS) $(UNITS) $(TESTS)

asan:
	$(MAKE) check SAN=address,undefined

soak: .build/packages-demo .build/packages-check all $(UNITS) $(HELPERS)
	B=$(B) prove --timer --merge $(PROVEFLAGS) $(sort $(wildcard t/9*-*.t))

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
	@B=$(B) t/bench.sh

install: all
	install -d $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(SYSCONFDIR)
	install -m 755 $(B)/trivium-milter $(B)/triviumd $(DESTDIR)$(PREFIX)/sbin
	install -m 755 $(B)/triviumctl $(B)/trivium-sdpsim $(DESTDIR)$(PREFIX)/bin

clean:
	rm -rf .build

-include $(shell find $(B) -name '*.d' 2>/dev/null)
