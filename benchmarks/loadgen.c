/* Chats that talk to a webhook: one keep-alive connection each, one message at a time.
 *
 * loadgen PORT PATH SECRET CHATS SECONDS WARMUP_S FIRST_CHAT SCRIPT COUNTS
 *
 * Each chat says the lines of the file SCRIPT in turn (JSON strings, one a line) and begins
 * again after the last. COUNTS holds how many messages each chat has said before; it is read
 * at the start and written at the end, so that the next round goes on where this one stopped.
 * At the end every message under way is waited for: what is counted was acknowledged.
 *
 * Prints one line of JSON: turns and seconds after the warm-up, latency percentiles in
 * milliseconds, everything acknowledged in this run, and answers that were no 200.
 *
 * A generator in Python would measure itself; this one costs a few microseconds a request.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { MOST_CHATS = 1024, MOST_LINES = 64, BUFFER_BYTES = 65536, MOST_LATENCIES = 1 << 22 };

static const int LINE_BYTES = 1000;
static const double GIVE_UP_S = 20.0;
/* Monday 8 June 2026, 09:00 in Viet Nam: the servers' clocks stand there too. */
static const long SENT_AT = 1780884000;

struct chat {
    int fd, waiting;
    long id, said;
    double asked_at;
    size_t length;
    char buffer[BUFFER_BYTES];
};

static struct chat chats[MOST_CHATS];
static char *lines[MOST_LINES];
static float *latencies_ms;
static long line_count, chat_count, measured, acknowledged, refused;
static const char *path, *secret;

static void die(const char *words, ...) {
    va_list arguments;
    va_start(arguments, words);
    fprintf(stderr, "loadgen: ");
    vfprintf(stderr, words, arguments);
    fprintf(stderr, "\n");
    va_end(arguments);
    exit(1);
}

static double now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

static void read_script(const char *file) {
    FILE *script = fopen(file, "r");
    if (!script) die("cannot read %s", file);
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, script) > 0) {
        line[strcspn(line, "\n")] = 0;
        if (strlen(line) > (size_t)LINE_BYTES) die("a line of the script is too long");
        if (line_count == MOST_LINES) die("the script has too many lines");
        lines[line_count++] = strdup(line);
    }
    free(line);
    fclose(script);
    if (line_count == 0) die("the script is empty");
}

static void read_counts(const char *file) {
    FILE *counts = fopen(file, "r");
    if (!counts) return; /* the first round */
    for (long i = 0; i < chat_count; i++)
        if (fscanf(counts, "%ld", &chats[i].said) != 1) die("%s does not fit", file);
    fclose(counts);
}

static void write_counts(const char *file) {
    FILE *counts = fopen(file, "w");
    if (!counts) die("cannot write %s", file);
    for (long i = 0; i < chat_count; i++) fprintf(counts, "%ld\n", chats[i].said);
    fclose(counts);
}

static int dial(int port) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to)) die("cannot connect: %s", strerror(errno));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return fd;
}

static void say(struct chat *chat) {
    char body[2048], request[4096];
    long number = chat->said + 1;
    int length = snprintf(
        body, sizeof body,
        "{\"update_id\":%ld,\"message\":{\"message_id\":%ld,\"date\":%ld,"
        "\"chat\":{\"id\":%ld,\"type\":\"private\",\"first_name\":\"Lan\"},"
        "\"from\":{\"id\":%ld,\"is_bot\":false,\"first_name\":\"Lan\",\"language_code\":\"vi\"},"
        "\"text\":%s}}",
        chat->id * 10000000 + number, number, SENT_AT, chat->id, chat->id, lines[chat->said % line_count]);
    int total = snprintf(
        request, sizeof request,
        "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        "X-Telegram-Bot-Api-Secret-Token: %s\r\nContent-Length: %d\r\n\r\n%s",
        path, secret, length, body);
    chat->length = 0;
    chat->waiting = 1;
    chat->asked_at = now_s();
    if (write(chat->fd, request, total) != total) die("cannot write: %s", strerror(errno));
}

/* Whether the whole answer is there; dies on one that this program cannot read. */
static int complete(struct chat *chat) {
    chat->buffer[chat->length] = 0;
    char *end = strstr(chat->buffer, "\r\n\r\n");
    if (!end) return 0;
    size_t head = end + 4 - chat->buffer;
    for (char *at = chat->buffer; at && at < end; at = strstr(at, "\r\n")) {
        at += at == chat->buffer ? 0 : 2;
        if (!strncasecmp(at, "Content-Length:", 15)) return chat->length >= head + strtoul(at + 15, NULL, 10);
        if (!strncasecmp(at, "Transfer-Encoding: chunked", 26))
            return chat->length >= head + 5 && !memcmp(chat->buffer + chat->length - 5, "0\r\n\r\n", 5);
        if (at >= end) break;
    }
    die("an answer without length");
    return 0;
}

/* Read what is there; returns 1 when the chat has its answer. */
static int hear(struct chat *chat) {
    ssize_t got = read(chat->fd, chat->buffer + chat->length, BUFFER_BYTES - 1 - chat->length);
    if (got <= 0) die("the server hung up on chat %ld after %ld messages", chat->id, chat->said);
    chat->length += got;
    if (!complete(chat)) return 0;
    chat->waiting = 0;
    if (strncmp(chat->buffer + 9, "200", 3)) {
        refused++;
        return 1;
    }
    chat->said++;
    acknowledged++;
    return 1;
}

static int by_size(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static double percentile_ms(double part) {
    return measured ? latencies_ms[(long)(part * (measured - 1))] : 0;
}

/* Talk until the time is over and every answer is in. */
static void talk(double warmup_s, double seconds) {
    int poll = epoll_create1(0);
    for (long i = 0; i < chat_count; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &chats[i]};
        epoll_ctl(poll, EPOLL_CTL_ADD, chats[i].fd, &event);
        say(&chats[i]);
    }
    double begun = now_s() + warmup_s, over = begun + seconds;
    for (long open = chat_count; open > 0;) {
        struct epoll_event ready[256];
        int count = epoll_wait(poll, ready, 256, 1000);
        double now = now_s();
        if (now > over + GIVE_UP_S) die("%ld chats have had no answer for %.0f s", open, GIVE_UP_S);
        for (int i = 0; i < count; i++) {
            struct chat *chat = ready[i].data.ptr;
            if (!hear(chat)) continue;
            now = now_s();
            if (chat->asked_at >= begun && now <= over && measured < MOST_LATENCIES)
                latencies_ms[measured++] = (now - chat->asked_at) * 1000;
            if (now < over && refused == 0) say(chat);
            else open--;
        }
    }
    close(poll);
}

int main(int count, char **words) {
    if (count != 10) die("PORT PATH SECRET CHATS SECONDS WARMUP_S FIRST_CHAT SCRIPT COUNTS");
    path = words[2];
    secret = words[3];
    chat_count = atol(words[4]);
    if (chat_count < 1 || chat_count > MOST_CHATS) die("between 1 and %d chats", MOST_CHATS);
    latencies_ms = malloc(MOST_LATENCIES * sizeof *latencies_ms);
    read_script(words[8]);
    read_counts(words[9]);
    for (long i = 0; i < chat_count; i++) {
        chats[i].id = atol(words[7]) + i;
        chats[i].fd = dial(atoi(words[1]));
    }
    double seconds = atof(words[5]);
    talk(atof(words[6]), seconds);
    write_counts(words[9]);
    qsort(latencies_ms, measured, sizeof *latencies_ms, by_size);
    printf(
        "{\"turns\":%ld,\"seconds\":%.6f,\"p50_ms\":%.4f,\"p99_ms\":%.4f,\"worst_ms\":%.4f,"
        "\"acknowledged\":%ld,\"refused\":%ld}\n",
        measured, seconds, percentile_ms(0.50), percentile_ms(0.99), percentile_ms(1.0), acknowledged, refused);
    return 0;
}
