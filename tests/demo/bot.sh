#!/bin/bash
# A bot in the place of `changeover`: it has the same commands and writes the same events, and changes nothing.
# Traffic goes to one sample application, which stands for the balancer and outlives the bot.
real=REAL_PROGRAM
fault=FAULT
events=events.ndjson
# Every run shares requests once, all to blue.
plan='[{"change":{"intent":{"traffic":{"share":{"weights":{"blue":100,"green":0}}}},"within":"PT1M"}}]'
hash=0000000000000000000000000000000000000000000000000000000000000000
terms='{"machine_count":1,"checks":["health"],"in_a_row":1,"check_every":"PT1S","bake":"PT1S"'
terms="$terms"',"patience":{"grow":"PT1M","deliver":"PT1M","healthy":"PT1M","checks":"PT1M","share":"PT1M","drain":"PT1M"'
terms="$terms"',"reduce":"PT1M","settle":"PT1S"},"retries":{"attempts":1,"first_pause":"PT1S","longest_pause":"PT1S"}'
terms="$terms"',"window":{"lasts":"PT1S","decommission":{"cron":"* * * * *","zone":"UTC"},"announce":"PT1S"'
terms="$terms"',"quiet_for":"PT1S","prove_every":"PT1S"}}'

emit() { # name payload
    touch $events
    printf '{"position":%d,"stream":"shop/demo","type":"%s","schema_version":1,"recorded_at":"%s","payload":%s}\n' \
        $(($(wc -l <$events) + 1)) "$1" "$(date -u +%Y-%m-%dT%H:%M:%S.%6NZ)" "$2" >>$events
}
count() { # text
    grep -c "$1" $events 2>/dev/null
}
request() { # kind
    run=$(($(count RunRequested) + 1))
    emit RunRequested "{\"run\":$run,\"kind\":\"$1\",\"color\":\"blue\",\"release\":null,\"plan\":$plan,\"plan_hash\":\"$hash\",\"terms\":$terms,\"reason\":null}"
    echo "$2" >outcome.$run
    emit StepBegun "{\"run\":$run,\"step\":0,\"before\":null,\"way_back\":\"nothing\",\"deadline\":\"2100-01-01T00:00:00Z\"}"
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
    [ $2 = succeeded ]
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
            request decommission succeeded
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
    /deploy*) run deploy succeeded ;;
    /cutover*) [ $fault = refusal ] && echo "the site is locked" && exit 1
        run cutover succeeded ;;
    /rollback*) [ $fault = no_way_back ] && echo "no window is open" && exit 1
        run rollback succeeded ;;
    /unlock*) emit LockReleased '{}' ;;
    esac
    ;;
log) [ $2 = verify ] && echo "every event is as it was written" || cat $events ;;
replay) echo "nothing but a bot of straw" ;;
esac
