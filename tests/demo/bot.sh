#!/bin/bash
# A bot in the place of `changeover`: it has the same commands and writes the same events, and changes nothing.
# Traffic goes to one sample application, which stands for the balancer and outlives the bot.
real=REAL_PROGRAM
fault=FAULT
events=events.ndjson

emit() { # name payload
    touch $events
    printf '{"position":%d,"stream":"shop/demo","type":"%s","recorded_at":"%s","payload":%s}\n' \
        $(($(wc -l <$events) + 1)) "$1" "$(date -u +%Y-%m-%dT%H:%M:%S.%6NZ)" "$2" >>$events
}
count() { # text
    grep -c "$1" $events 2>/dev/null
}
request() { # kind
    run=$(($(count RunRequested) + 1))
    emit RunRequested "{\"run\":$run,\"kind\":\"$1\",\"plan\":{\"steps\":[{\"to\":{\"blue\":100,\"green\":0}}]}}"
    echo "$2" >outcome.$run
    emit StepBegun "{\"run\":$run,\"step\":0}"
}
finish() { # run; whoever is first does it
    mkdir finished.$1 2>/dev/null && emit RunFinished "{\"run\":$1,\"outcome\":\"$(cat outcome.$1)\"}"
}
run() { # kind outcome
    bot=$(cat serve.pid)
    request $1 $2
    echo "step 1: ask"
    sleep 0.3
    if ! kill -0 $bot 2>/dev/null; then
        echo "the bot broke off" >&2
        exit 1
    fi
    finish $run
    [ $2 = done ]
}

case "$1" in
probe) exec "$real" "$@" ;;
edge) cd live && exec -a "$0" "$real" sample-app ;;
serve)
    # What a killed bot had begun is ended by the next one.
    for outcome in outcome.*; do [ -e $outcome ] && finish ${outcome#outcome.}; done
    if [ ! -d live ]; then
        mkdir live
        cp shop/release.toml live/
        sed -i '/healthy/d' live/release.toml
        [ $fault = crash ] && echo 'crash_after = "1500ms"' >>live/release.toml
        echo '{"name":"v1","pin":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}' >live/.changeover-release
        port=$(sed -n 's/^listen = "127.0.0.1:\(.*\)"/\1/p' changeover.toml)
        PORT=$port CHANGEOVER_COLOR=blue CHANGEOVER_SLOT=blue-1 setsid "$0" edge &
    fi
    echo $$ >serve.pid
    while :; do
        sleep 0.1
        if [ "$(count '"kind":"cutover"')" = 3 ] && [ "$(count '"kind":"decommission"')" = 0 ]; then
            request decommission done
            finish $run
        fi
    done
    ;;
say)
    if [ ! -e serve.pid ] || ! kill -0 "$(cat serve.pid)" 2>/dev/null; then
        echo "nothing listens" >&2
        exit 1
    fi
    for line; do :; done
    case "$line" in
    /status*) echo "all is well" ;;
    /deploy*broken*) run deploy turned_back ;;
    /deploy*) run deploy done ;;
    /cutover*) [ $fault = refusal ] && echo "the site is locked" && exit 1
        run cutover done ;;
    /rollback*) [ $fault = no_way_back ] && echo "no window is open" && exit 1
        run rollback done ;;
    /unlock*) emit LockReleased '{}' ;;
    esac
    ;;
log) [ $2 = verify ] && echo "every event is as it was written" || cat $events ;;
replay) echo "nothing but a bot of straw" ;;
esac
