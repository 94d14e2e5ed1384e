# What MHA's own sample of a script, master_ip_online_change, leaves to its users, and nothing else: it is put behind the
# sample. The application's account is on the server that takes writes, and on no other.
sub FIXME_xxx_drop_app_user {
    my ($server) = @_;
    $server->{dbh}->do(q{DROP USER IF EXISTS shop@'%'});
}

sub FIXME_xxx_create_app_user {
    my ($server) = @_;
    $server->{dbh}->do(q{CREATE USER IF NOT EXISTS shop@'%' IDENTIFIED BY 'shop'});
    $server->{dbh}->do(q{GRANT ALL ON shop.* TO shop@'%'});
}
