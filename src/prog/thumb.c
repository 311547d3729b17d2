/* SPDX-License-Identifier: MIT */
/* thumb.c: mailpit-thumb, a picture on stdin made a small JPEG on stdout */

/*
 * Decoders of pictures are where hostile octets do harm, so this program does
 * nothing else, and can do nothing else: everything that it needs is loaded,
 * then it gives up all but reading, writing and memory. A picture that is too
 * large is left alone before any of it is decoded. Whatever goes wrong ends in
 * an exit status; who started us has a white picture for that.
 */

#include <errno.h>
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#define WIDTH 180
#define HEIGHT 120
#define QUALITY "70"
#define PIXELS_MAX 20000000
#define INPUT_MAX (64L * 1024 * 1024)
#define MEMORY (256UL * 1024 * 1024)
#define CPU_SECONDS 2
#define ENOUGH (2 * WIDTH) /* in each direction, before the last scaling */
#define WHITE 0xffffffff

/* The sanitizers need more than we would leave them. */
#ifdef __SANITIZE_ADDRESS__
#define SANITIZED true
#else
#define SANITIZED false
#endif

/* Decoders that are asked for; no other is loaded any more. */
static const char *const formats[] = {
    "png", "jpeg", "gif", "bmp", "tiff", "ico", "webp"};

static const int allowed[] = {SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(writev),
    SCMP_SYS(close), SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(lseek),
    SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(mprotect),
    SCMP_SYS(madvise), SCMP_SYS(brk), SCMP_SYS(futex), SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(clock_gettime),
    SCMP_SYS(getrandom), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(exit),
    SCMP_SYS(exit_group)};

static void
load_decoders(void)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		GdkPixbufLoader *l =
		    gdk_pixbuf_loader_new_with_type(formats[i], NULL);

		if (l == NULL)
			continue;
		(void)gdk_pixbuf_loader_close(l, NULL);
		g_object_unref(l);
	}
}

static bool
confine(void)
{
	const struct rlimit memory = {MEMORY, MEMORY};
	const struct rlimit cpu = {CPU_SECONDS, CPU_SECONDS};
	const struct rlimit none = {0, 0};
	scmp_filter_ctx ctx;
	bool ok;

	if (SANITIZED)
		return true;
	ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	ok = ctx != NULL;
	for (size_t i = 0; ok && i < sizeof(allowed) / sizeof(allowed[0]); i++)
		ok = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, allowed[i], 0) == 0;
	ok = ok && setrlimit(RLIMIT_AS, &memory) == 0 &&
	     setrlimit(RLIMIT_CPU, &cpu) == 0 &&
	     setrlimit(RLIMIT_CORE, &none) == 0 &&
	     prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	     seccomp_load(ctx) == 0;
	if (ctx != NULL)
		seccomp_release(ctx);
	return ok;
}

/* Called when the header was read, and before anything is decoded. */
static void
check_size(GdkPixbufLoader *l, int width, int height, gpointer data)
{
	double factor;

	(void)data;
	if (width <= 0 || height <= 0 || (int64_t)width * height > PIXELS_MAX)
		_exit(EX_DATAERR);
	/* Large ones are made smaller while they are read. */
	factor =
	    width < height ? (double)ENOUGH / width : (double)ENOUGH / height;
	if (factor < 1)
		gdk_pixbuf_loader_set_size(
		    l, (int)(width * factor) + 1, (int)(height * factor) + 1);
}

/* Returns the picture, oriented as its EXIF says; or NULL. */
static GdkPixbuf *
read_picture(void)
{
	GdkPixbufLoader *l = gdk_pixbuf_loader_new();
	guchar chunk[65536];
	GdkPixbuf *p;
	long total = 0;
	ssize_t n;
	bool ok = true;

	g_signal_connect(l, "size-prepared", G_CALLBACK(check_size), NULL);
	while (ok && (n = read(STDIN_FILENO, chunk, sizeof(chunk))) > 0) {
		total += n;
		ok = total <= INPUT_MAX &&
		     gdk_pixbuf_loader_write(l, chunk, (gsize)n, NULL);
	}
	if (!gdk_pixbuf_loader_close(l, NULL) || !ok)
		return NULL;
	p = gdk_pixbuf_loader_get_pixbuf(l);
	return p == NULL ? NULL : gdk_pixbuf_apply_embedded_orientation(p);
}

static int
at_least_one(double n)
{
	return n < 1 ? 1 : (int)(n + 0.5);
}

/*
 * What is smaller than the frame in one direction is shrunk to fit, never
 * enlarged, and stands in the middle. All else covers the frame.
 */
static void
place(GdkPixbuf *p, GdkPixbuf *frame)
{
	int w = gdk_pixbuf_get_width(p), h = gdk_pixbuf_get_height(p);
	double x = (double)WIDTH / w, y = (double)HEIGHT / h, scale;
	int to_w, to_h, left, top;

	if (w < WIDTH || h < HEIGHT) {
		scale = x < y ? x : y;
		scale = scale > 1 ? 1 : scale;
	} else {
		scale = x > y ? x : y;
	}
	to_w = at_least_one(w * scale);
	to_h = at_least_one(h * scale);
	left = (WIDTH - to_w) / 2;
	top = (HEIGHT - to_h) / 2;
	gdk_pixbuf_composite(p, frame, left > 0 ? left : 0, top > 0 ? top : 0,
	    to_w < WIDTH ? to_w : WIDTH, to_h < HEIGHT ? to_h : HEIGHT, left,
	    top, scale, scale, GDK_INTERP_BILINEAR, 255);
}

static gboolean
write_out(const gchar *p, gsize n, GError **error, gpointer data)
{
	(void)error;
	(void)data;
	while (n > 0) {
		ssize_t put = write(STDOUT_FILENO, p, n);

		if (put <= 0)
			_exit(EX_IOERR);
		p += put;
		n -= (gsize)put;
	}
	return TRUE;
}

int
main(void)
{
	GdkPixbuf *frame, *picture;

	load_decoders();
	frame = gdk_pixbuf_new(GDK_COLORSPACE_RGB, FALSE, 8, WIDTH, HEIGHT);
	if (frame == NULL)
		return EX_TEMPFAIL;
	if (!confine())
		return EX_NOPERM;
	gdk_pixbuf_fill(frame, WHITE);
	picture = read_picture();
	if (picture == NULL)
		_exit(EX_DATAERR);
	place(picture, frame);
	/* The libraries' own ways to end need more than is left. */
	_exit(gdk_pixbuf_save_to_callback(frame, write_out, NULL, "jpeg", NULL,
		  "quality", QUALITY, NULL)
		  ? 0
		  : EX_DATAERR);
}
