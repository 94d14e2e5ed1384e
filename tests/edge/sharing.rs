//! Who gets how much.

use events::color::Color;

use crate::backend::Backend;
use crate::balancer::Balancer;
use crate::client::Client;

#[tokio::test]
async fn of_every_hundred_requests_each_color_gets_exactly_its_share() {
    let (blue, green) = (Backend::start("blue-1").await, Backend::start("green-1").await);
    let balancer = Balancer::with_two(&[], &blue, &green).await;
    let mut client = Client::connect(balancer.plain).await;
    let mut green_had = 0;
    for percent in [0, 1, 5, 10, 25, 50, 99, 100] {
        balancer.green_gets(percent).await;
        for _ in 0..200 {
            assert_eq!(client.try_get("/").await.unwrap().status, 200);
        }
        assert_eq!(green.requests() - green_had, u64::from(percent) * 2, "green gets {percent} %");
        green_had = green.requests();
    }
    let status = balancer.status().await;
    assert_eq!((status.users.blue.begun, status.users.green.begun), (blue.requests(), green.requests()));
    assert_eq!(status.refused, 0);
}

#[tokio::test]
async fn a_share_stays_exact_over_many_connections_at_once() {
    let (blue, green) = (Backend::start("blue-1").await, Backend::start("green-1").await);
    let balancer = Balancer::with_two(&[], &blue, &green).await;
    balancer.green_gets(5).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let mut client = Client::connect(balancer.plain).await;
        tasks.spawn(async move {
            for _ in 0..100 {
                assert_eq!(client.try_get("/").await.unwrap().status, 200);
            }
        });
    }
    tasks.join_all().await;
    assert_eq!((blue.requests(), green.requests()), (1_900, 100));
}

#[tokio::test]
async fn members_of_a_color_take_turns() {
    let members = [Backend::start("a").await, Backend::start("b").await, Backend::start("c").await];
    let balancer = Balancer::start(&["--health-interval", "20ms"]).await;
    balancer.members(Color::Blue, &[&members[0], &members[1], &members[2]]).await;
    balancer.until_healthy(3).await;
    let mut client = Client::connect(balancer.plain).await;
    for _ in 0..30 {
        client.try_get("/").await.unwrap();
    }
    assert_eq!([members[0].requests(), members[1].requests(), members[2].requests()], [10, 10, 10]);
}

#[tokio::test]
async fn nobody_to_answer_is_said_in_a_sentence_with_a_time_to_retry() {
    let green = Backend::start("green-1").await;
    let balancer = Balancer::start(&[]).await;
    let reply = crate::client::get(balancer.plain, "/").await;
    assert_eq!(reply.status, 503);
    assert_eq!(reply.headers["retry-after"], "5");
    assert!(reply.text.contains("Please try again"), "{}", reply.text);

    balancer.members(Color::Green, &[&green]).await;
    assert_eq!(crate::client::get(balancer.plain, "/").await.status, 503, "green has no weight");
    balancer.green_gets(5).await;
    assert_eq!(crate::client::get(balancer.plain, "/").await.text, "green-1", "blue has nobody");
    assert_eq!(balancer.status().await.refused, 2);
}
