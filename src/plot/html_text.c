/* JSON that no text of a file can leave. */
#include "html_text.h"

#include <math.h>

void bs_html_string(FILE *out, const char *text)
{
    fputc('"', out);
    for (const char *c = text != NULL ? text : ""; *c != '\0'; c++) {
        unsigned char byte = (unsigned char)*c;
        /* "<" could begin "</script" or "<!--". */
        if (byte < ' ' || byte == '"' || byte == '\\' || byte == '<' || byte == '>' ||
            byte == '&') {
            fprintf(out, "\\u%04x", byte);
        } else {
            fputc(byte, out);
        }
    }
    fputc('"', out);
}

void bs_html_number(FILE *out, double number)
{
    if (isfinite(number)) {
        fprintf(out, "%.9g", number);
    } else {
        fputs("null", out);
    }
}

void bs_html_numbers(FILE *out, int64_t count, const double *numbers)
{
    for (int64_t i = 0; i < count; i++) {
        fputc(i == 0 ? '[' : ',', out);
        bs_html_number(out, numbers[i]);
    }
    fputs(count > 0 ? "]" : "[]", out);
}

void bs_html_bytes(FILE *out, size_t count, const unsigned char *bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < count; i += 3) {
        unsigned long group = (unsigned long)bytes[i] << 16;
        group |= i + 1 < count ? (unsigned long)bytes[i + 1] << 8 : 0;
        group |= i + 2 < count ? bytes[i + 2] : 0;
        fputc(digits[group >> 18], out);
        fputc(digits[group >> 12 & 63], out);
        fputc(i + 1 < count ? digits[group >> 6 & 63] : '=', out);
        fputc(i + 2 < count ? digits[group & 63] : '=', out);
    }
}
