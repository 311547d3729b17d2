/* SPDX-License-Identifier: MIT */
/* charset_names.c: which names of charsets we follow */

#include "mime/charset_names.h"

#define OWN(name, kind, aliases)                                               \
	{                                                                      \
		name, kind, "", 1, aliases                                     \
	}
#define ICONV(name, iconv, aliases)                                            \
	{                                                                      \
		name, CHARSET_ICONV, iconv, 1, aliases                         \
	}
#define WIDE(name, iconv, unit, aliases)                                       \
	{                                                                      \
		name, CHARSET_ICONV, iconv, unit, aliases                      \
	}

/* Charsets of ISO-2022 that switch sets by designation are left out. */
const struct charset charset_rows[] = {
    OWN("utf-8", CHARSET_UTF8,
	" utf-8 utf8 unicode-1-1-utf-8 utf-8-mac utf8mb4 cp65001 "),
    OWN("windows-1252", CHARSET_WINDOWS_1252,
	" us-ascii ascii ansi_x3.4-1968 iso646-us 7bit 8bit iso-8859-1 "
	"iso8859-1 iso_8859-1 iso88591 latin1 latin-1 l1 cp819 ibm819 "
	"windows-1252 cp1252 x-cp1252 ansi x-ansi "),
    ICONV("iso-8859-2", "ISO-8859-2",
	" iso-8859-2 iso8859-2 iso_8859-2 latin2 latin-2 l2 "),
    ICONV("iso-8859-3", "ISO-8859-3",
	" iso-8859-3 iso8859-3 iso_8859-3 latin3 l3 "),
    ICONV("iso-8859-4", "ISO-8859-4",
	" iso-8859-4 iso8859-4 iso_8859-4 latin4 l4 "),
    ICONV("iso-8859-5", "ISO-8859-5",
	" iso-8859-5 iso8859-5 iso_8859-5 cyrillic "),
    ICONV("iso-8859-6", "ISO-8859-6",
	" iso-8859-6 iso8859-6 iso_8859-6 arabic iso-8859-6-i iso-8859-6-e "),
    ICONV("iso-8859-7", "ISO-8859-7",
	" iso-8859-7 iso8859-7 iso_8859-7 greek greek8 "),
    ICONV("iso-8859-8", "ISO-8859-8",
	" iso-8859-8 iso8859-8 iso_8859-8 hebrew iso-8859-8-i iso-8859-8-e "),
    ICONV("windows-1254", "CP1254",
	" iso-8859-9 iso8859-9 iso_8859-9 latin5 l5 windows-1254 cp1254 "),
    ICONV("iso-8859-10", "ISO-8859-10",
	" iso-8859-10 iso8859-10 iso_8859-10 latin6 l6 "),
    ICONV("tis-620", "CP874",
	" iso-8859-11 iso8859-11 tis-620 tis620 windows-874 cp874 dos-874 "),
    ICONV("iso-8859-13", "ISO-8859-13",
	" iso-8859-13 iso8859-13 iso_8859-13 latin7 "),
    ICONV("iso-8859-14", "ISO-8859-14",
	" iso-8859-14 iso8859-14 iso_8859-14 latin8 "),
    ICONV("iso-8859-15", "ISO-8859-15",
	" iso-8859-15 iso8859-15 iso_8859-15 latin9 latin-9 l9 "),
    ICONV("iso-8859-16", "ISO-8859-16",
	" iso-8859-16 iso8859-16 iso_8859-16 latin10 "),
    ICONV("windows-1250", "CP1250", " windows-1250 cp1250 x-cp1250 "),
    ICONV("windows-1251", "CP1251", " windows-1251 cp1251 x-cp1251 "),
    ICONV("windows-1253", "CP1253", " windows-1253 cp1253 x-cp1253 "),
    ICONV("windows-1255", "CP1255", " windows-1255 cp1255 x-cp1255 "),
    ICONV("windows-1256", "CP1256", " windows-1256 cp1256 x-cp1256 "),
    ICONV("windows-1257", "CP1257", " windows-1257 cp1257 x-cp1257 "),
    ICONV("windows-1258", "CP1258", " windows-1258 cp1258 x-cp1258 "),
    ICONV("koi8-r", "KOI8-R", " koi8-r koi8r koi8 koi cskoi8r "),
    ICONV("koi8-u", "KOI8-U", " koi8-u koi8u koi8-ru "),
    ICONV("macintosh", "MACINTOSH", " macintosh mac x-mac-roman macroman "),
    ICONV("x-mac-cyrillic", "MAC-CYRILLIC",
	" x-mac-cyrillic maccyrillic mac-cyrillic "),
    ICONV("ibm437", "CP437", " ibm437 cp437 437 "),
    ICONV("ibm850", "CP850", " ibm850 cp850 850 "),
    ICONV("ibm852", "CP852", " ibm852 cp852 852 "),
    ICONV("ibm858", "CP858", " ibm858 ibm00858 cp858 "),
    ICONV("ibm866", "CP866", " ibm866 cp866 866 "),
    ICONV("viscii", "VISCII", " viscii csviscii "),
    ICONV("iso-2022-jp", "ISO-2022-JP", " iso-2022-jp csiso2022jp iso2022jp "),
    ICONV("iso-2022-kr", "ISO-2022-KR", " iso-2022-kr csiso2022kr "),
    ICONV("euc-jp", "EUC-JP", " euc-jp x-euc-jp eucjp x-eucjp "),
    ICONV("shift_jis", "CP932",
	" shift_jis shift-jis sjis x-sjis ms_kanji windows-31j cp932 "
	"ms932 csshiftjis "),
    ICONV("euc-kr", "CP949",
	" euc-kr euckr ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 korean "
	"windows-949 cp949 uhc cseuckr "),
    ICONV("gb18030", "GB18030",
	" gb18030 gbk gb2312 gb_2312 gb_2312-80 gb-2312 x-gbk cp936 "
	"windows-936 chinese euc-cn euccn csgb2312 "),
    ICONV("big5", "BIG5-HKSCS",
	" big5 big5-hkscs cn-big5 x-x-big5 big-5 cp950 windows-950 csbig5 "),
    ICONV("utf-7", "UTF-7", " utf-7 utf7 unicode-1-1-utf-7 "),
    WIDE("utf-16", "UTF-16", 2, " utf-16 utf16 ucs-2 iso-10646-ucs-2 "),
    WIDE("utf-16le", "UTF-16LE", 2, " utf-16le utf16le ucs-2le "),
    WIDE("utf-16be", "UTF-16BE", 2, " utf-16be utf16be ucs-2be "),
    WIDE("utf-32", "UTF-32", 4, " utf-32 utf32 ucs-4 iso-10646-ucs-4 "),
    WIDE("utf-32le", "UTF-32LE", 4, " utf-32le utf32le "),
    WIDE("utf-32be", "UTF-32BE", 4, " utf-32be utf32be "),
};

const size_t charset_row_count = sizeof(charset_rows) / sizeof(charset_rows[0]);
