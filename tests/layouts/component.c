/* What runs an app_main: its example never returns once it listens. */
extern void app_main(void);

int main(void) {
    app_main();
    return 3;
}
