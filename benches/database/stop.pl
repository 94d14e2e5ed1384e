# What MHA asks to be done before and after it switches: as little as a stop script can do. It stops writes by making the
# old server read-only and ending the application's connections, and opens the new one.
use strict;
use warnings;
use DBI;
use Getopt::Long qw(:config pass_through);

my %is;
GetOptions( \%is, 'command=s', map { ( "orig_master_$_=s", "new_master_$_=s" ) } qw(ip port user password) );

sub connected {
    my ($role) = @_;
    my ( $ip, $port, $user, $password ) = map { $is{"${role}_master_$_"} } qw(ip port user password);
    return DBI->connect( "DBI:mysql:;host=$ip;port=$port", $user, $password, { RaiseError => 1, PrintError => 0 } );
}

if ( $is{command} eq 'stop' ) {
    connected('new')->do('SET GLOBAL read_only = 1');
    my $old = connected('orig');
    $old->do('SET GLOBAL read_only = 1');
    my $ids = $old->selectcol_arrayref(q{SELECT id FROM information_schema.processlist WHERE user = 'shop'});
    eval { $old->do("KILL $_") } for @$ids;
}
elsif ( $is{command} eq 'start' ) {
    connected('new')->do('SET GLOBAL read_only = 0');
}
