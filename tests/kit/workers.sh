# workers.sh pause|start|look COLOR: a shop's one worker of a color. Whoever has its lock is it, and a job is a line in `jobs`:
# the color, and when it was done. While `hold` is there nobody is through with pausing.
verb="$1" color="$2"
works() {
    ! flock -n -s "$color.lock" true
}
case "$verb" in
work)
    while ! [ -e "rest-$color" ]; do
        echo "$color $(date +%s%N)" >>jobs
        sleep 0.02
    done
    ;;
pause)
    touch "rest-$color"
    flock "$color.lock" true
    while [ -e hold ]; do sleep 0.02; done
    ;;
start)
    rm -f "rest-$color"
    works || setsid flock -w 10 "$color.lock" sh workers.sh work "$color" </dev/null >/dev/null 2>&1 &
    until works; do sleep 0.02; done
    ;;
look)
    works
    ;;
esac
